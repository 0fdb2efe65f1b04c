import type { KubernetesObject } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { learnerWork } from '../../../scripts/runner/learner-work.ts'
import { startLab } from '../../../scripts/runner/start-lab.ts'
import { CONFIG_MAP, labFixture, readyPod, scripted, task } from '../../helpers/lab-fixture.ts'

const NOTHING = { green: [], objects: [], claims: [] }

function object(kind: string, name: string, more: KubernetesObject['metadata'] = {}): KubernetesObject {
  const apiVersion = kind === 'StatefulSet' ? 'apps/v1' : 'v1'
  return { apiVersion, kind, metadata: { name, namespace: 'lab-try', ...more } }
}

async function started(green: boolean) {
  const owns = { objects: [{ kind: 'PersistentVolume', name: 'mine' }] }
  const fixture = await labFixture({ owns, tasks: [task('one', scripted('a', green))] }, { 'start/a.yaml': CONFIG_MAP })
  await startLab(fixture.lab, fixture.context)
  fixture.kube.put(object('ConfigMap', 'kube-root-ca.crt'))
  return fixture
}

test('there is none in a lab that was not started, nor in one that only was', async () => {
  await using untouched = await labFixture({})
  expect(await learnerWork(untouched.lab, untouched.context)).toEqual(NOTHING)
  await using fixture = await started(false)
  expect(await learnerWork(fixture.lab, fixture.context)).toEqual(NOTHING)
})

test('it is what was made, but not what that has made in turn', async () => {
  await using fixture = await started(true)
  const { kube } = fixture
  kube.put(object('StatefulSet', 'redis'))
  kube.put({
    ...readyPod('redis-0'),
    metadata:
      object('Pod', 'redis-0', { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'redis', uid: '1' }] })
        .metadata ?? {},
  })
  kube.put(object('PersistentVolumeClaim', 'data-redis-0'))
  kube.put({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'mine' } })
  kube.put({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'of another lab' } })
  expect(await learnerWork(fixture.lab, fixture.context)).toEqual({
    green: ['one'],
    objects: ['StatefulSet redis', 'PersistentVolume mine'],
    claims: ['data-redis-0'],
  })
})

test('an object of the start counts once somebody else than Kubernetes has changed it', async () => {
  await using fixture = await started(false)
  const changedBy = (manager: string) =>
    fixture.kube.put(object('ConfigMap', 'settings', { managedFields: [{ manager: 'statelab' }, { manager }] }))
  changedBy('kube-controller-manager')
  expect(await learnerWork(fixture.lab, fixture.context)).toEqual(NOTHING)
  changedBy('kubectl-edit')
  expect(await learnerWork(fixture.lab, fixture.context)).toEqual({ ...NOTHING, objects: ['ConfigMap settings'] })
})
