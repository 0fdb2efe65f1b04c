import type { KubernetesObject, V1PersistentVolumeClaim } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import { apiRefuses } from '../../../scripts/checks/refusal.ts'
import { KubernetesError } from '../../../scripts/kube/kubernetes-error.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const claim = (storage: string) => ({
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'third' },
  spec: { resources: { requests: { storage } } },
})
const check = apiRefuses(claim('20Mi'), /exceeded quota: two/)

function refusing(error: KubernetesError, ...objects: KubernetesObject[]): FakeKube {
  const kube = new FakeKube(...objects)
  kube.onApply = () => {
    throw error
  }
  return kube
}

describe('apiRefuses', () => {
  test("is met by the API's own message, asked with a dry run, and gives a command to paste", async () => {
    const kube = refusing(new KubernetesError('"third" is forbidden: exceeded quota: two', { status: 403 }))
    expect(await check.run(checkContext({ kube }))).toEqual({
      met: true,
      message: 'PersistentVolumeClaim third: refused: "third" is forbidden: exceeded quota: two',
      evidence: [
        {
          expected: 'refused: /exceeded quota: two/',
          observed: 'refused: "third" is forbidden: exceeded quota: two',
          command: `echo '{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"third"},"spec":{"resources":{"requests":{"storage":"20Mi"}}}}' | kubectl -n lab-x create --dry-run=server -f -`,
        },
      ],
    })
    expect(kube.calls).toEqual(['dry-run apply PersistentVolumeClaim third'])
  })

  test('is not met when the object is accepted, or refused for another reason', async () => {
    expect(await check.run(checkContext({ kube: new FakeKube() }))).toMatchObject({
      met: false,
      message: 'PersistentVolumeClaim third: expected refused: /exceeded quota: two/, saw accepted',
    })
    const kube = refusing(new KubernetesError('exceeded quota: other', { status: 403 }))
    expect(await check.run(checkContext({ kube }))).toMatchObject({ met: false })
  })

  test('changes an object that exists in the fields given, as it is, without its history', async () => {
    const live = {
      apiVersion: 'v1',
      ...claim('10Mi'),
      metadata: { name: 'third', namespace: 'lab-x', labels: { app: 'a' }, managedFields: [{ manager: 'statelab' }] },
      status: { phase: 'Bound' },
    }
    const kube = new FakeKube(live)
    const submissions: KubernetesObject[] = []
    kube.onApply = (object) => void submissions.push(object)
    const { evidence } = await check.run(checkContext({ kube }))
    const [submitted] = submissions
    expect(submitted).toEqual({
      apiVersion: 'v1',
      ...claim('20Mi'),
      metadata: expect.anything(),
    })
    expect(submitted?.metadata).toMatchObject({ labels: { app: 'a' } })
    expect(submitted?.metadata).not.toHaveProperty('managedFields')
    expect(submitted?.metadata).not.toHaveProperty('resourceVersion')
    expect(evidence[0]?.command).toBe(
      `kubectl -n lab-x patch persistentvolumeclaim third --type=merge --dry-run=server -p '{"spec":{"resources":{"requests":{"storage":"20Mi"}}}}'`,
    )
    const ref = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'third', namespace: 'lab-x' }
    expect(kube.peek<V1PersistentVolumeClaim>(ref)?.spec?.resources?.requests).toEqual({ storage: '10Mi' })
  })

  test('cannot look when nothing answers', async () => {
    const kube = refusing(new KubernetesError('the API server does not answer'))
    await expect(check.run(checkContext({ kube }))).rejects.toThrow('does not answer')
  })
})
