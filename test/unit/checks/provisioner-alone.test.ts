import type { KubernetesObject, V1Deployment, V1PersistentVolumeClaim } from '@kubernetes/client-node'
import { beforeEach, describe, expect, test } from 'vitest'
import type { CheckContext } from '../../../scripts/checks/check.ts'
import { provisionerAlone } from '../../../scripts/checks/provisioner-alone.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const NAMESPACE = 'lab-try'
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE, name: 'provisioner' }
const check = provisionerAlone({ deployment: 'provisioner', storageClass: 'own', otherClass: 'nfs-client' })

let kube: FakeKube
let context: CheckContext
/** What else answers for class `own`. */
let rival: boolean
let controller: AbortController

beforeEach(() => {
  rival = false
  controller = new AbortController()
  kube = new FakeKube()
  playControllers()
  kube.put(deployment(2))
  context = checkContext({ kube, namespace: NAMESPACE, signal: controller.signal })
})

function deployment(replicas: number): V1Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'provisioner', namespace: NAMESPACE },
    spec: { replicas, selector: { matchLabels: { app: 'p' } }, template: {} },
    status: { availableReplicas: replicas },
  }
}

function running(): boolean {
  return (kube.peek<V1Deployment>(DEPLOYMENT)?.spec?.replicas ?? 0) > 0
}

/** The Deployment's Pod, the environment's provisioner, and the one of class `own` for as long as it runs. */
function playControllers(): void {
  const pod = { apiVersion: 'v1', kind: 'Pod', name: 'p-1', namespace: NAMESPACE }
  const put = kube.put.bind(kube)
  const bind = (claim: V1PersistentVolumeClaim): void => {
    const { storageClassName } = claim.spec ?? {}
    if (storageClassName !== 'nfs-client' && !running() && !rival) return
    put({ ...claim, status: { phase: 'Bound' } })
  }
  kube.put = <T extends KubernetesObject>(object: T) => {
    const stored = put(object)
    if (object.kind === 'PersistentVolumeClaim') {
      put({ ...object, status: { phase: 'Pending' } } as KubernetesObject)
      bind(object as V1PersistentVolumeClaim)
    }
    if (object.kind === 'Deployment') {
      if (running()) put({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p-1', namespace: NAMESPACE, labels: { app: 'p' } } })
      else setTimeout(() => kube.remove(pod), 5)
      const waiting = kube.peek<V1PersistentVolumeClaim>(claimRef('statelab-probe-own'))
      if (waiting) bind(waiting)
    }
    return stored
  }
}

function claimRef(name: string) {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: NAMESPACE, name }
}

function expectRestored(): void {
  expect(kube.peek<V1Deployment>(DEPLOYMENT)?.spec?.replicas).toBe(2)
  for (const name of ['statelab-probe-own', 'statelab-probe-other']) expect(kube.peek(claimRef(name))).toBeUndefined()
  expect(kube.watches).toBe(0)
}

describe('provisionerAlone', () => {
  test('is met by a class whose claims wait while its provisioner is stopped, and puts all back', async () => {
    expect(await check.run(context)).toMatchObject({
      met: true,
      message: expect.stringMatching(/a claim of own Pending, a younger one of nfs-client Bound.*running again: Bound/),
    })
    expectRestored()
  })

  test('is refused when somebody else answers, and puts all back', async () => {
    rival = true
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('a claim of own Bound') })
    expectRestored()
  })

  test('disturbs nothing while the Deployment is not available', async () => {
    kube.put(deployment(0))
    kube.calls.length = 0
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('saw not available') })
    expect(kube.calls).toEqual([])
  })

  test('puts all back when it is interrupted', async () => {
    const apply = kube.apply.bind(kube)
    kube.apply = async (objects, options) => {
      await apply(objects, options)
      controller.abort(new Error('interrupted'))
    }
    await expect(check.run(context)).rejects.toThrow('interrupted')
    expectRestored()
  })
})
