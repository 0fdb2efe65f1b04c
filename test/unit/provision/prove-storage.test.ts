import { join } from 'node:path'
import type { KubernetesObject, V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import type { ObjectRef } from '../../../scripts/kube/kube.ts'
import { proveStorage } from '../../../scripts/provision/prove-storage.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'manifests', 'provisioner', 'proof')
const VOLUME = { apiVersion: 'v1', kind: 'PersistentVolume', name: 'pv-1' }

/** A cluster whose provisioner and kubelet work: claims are bound, Pods end, volumes go with their claims. */
class WorkingKube extends FakeKube {
  override onDelete = (ref: ObjectRef): void => {
    this.remove(ref)
    if (ref.kind === 'PersistentVolumeClaim') setTimeout(() => this.remove(VOLUME), 5)
  }
  override async apply(
    objects: readonly KubernetesObject[],
    options: { namespace?: string; signal: AbortSignal },
  ): Promise<void> {
    await super.apply(objects, options)
    for (const object of objects) {
      if (object.kind === 'PersistentVolumeClaim') {
        const claim = object as V1PersistentVolumeClaim
        this.put({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: VOLUME.name } })
        this.put({
          ...claim,
          spec: { ...claim.spec, volumeName: VOLUME.name },
          status: { phase: 'Bound' },
        } as V1PersistentVolumeClaim)
      }
      if (object.kind === 'Pod') setTimeout(() => this.#end(object as V1Pod), 5)
    }
  }
  #end(pod: V1Pod): void {
    if (this.peek(POD)) this.put({ ...pod, status: { phase: 'Succeeded' } } as V1Pod)
  }
}

const prove = (kube: FakeKube, signal = new AbortController().signal) =>
  proveStorage(kube, FOLDER, { signal, progress: () => {} })

const POD = { apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', name: 'statelab-proof' }
const CLAIM = { ...POD, kind: 'PersistentVolumeClaim' }
const left = (kube: FakeKube): unknown[] => [POD, CLAIM, VOLUME].filter((ref) => kube.peek(ref))

describe('proveStorage', () => {
  it('says how long it took, and leaves nothing: the volume is gone with the claim', async () => {
    const kube = new WorkingKube()
    expect(await prove(kube)).toMatch(/^written and fsynced after \d+\.\ds$/)
    expect(left(kube)).toEqual([])
    expect(kube.watches).toBe(0)
  })

  it('makes the Pod only when the claim is bound', async () => {
    const kube = new WorkingKube()
    await prove(kube)
    const applied = kube.calls.filter((call) => call.startsWith('apply'))
    expect(applied).toEqual(['apply PersistentVolumeClaim statelab-proof', 'apply Pod statelab-proof'])
  })

  it('believes no Pod that was there before', async () => {
    const kube = new WorkingKube()
    const old: V1Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: POD.name, namespace: POD.namespace, uid: 'old' },
      status: { phase: 'Succeeded' },
    }
    kube.put(old)
    await prove(kube)
    expect(kube.calls.indexOf('delete Pod statelab-proof')).toBeLessThan(kube.calls.indexOf('apply Pod statelab-proof'))
    expect(left(kube)).toEqual([])
  })

  it('removes Pod and claim after an interruption too', async () => {
    const kube = new WorkingKube()
    const controller = new AbortController()
    const reason = new Error('enough')
    const apply = kube.apply.bind(kube)
    kube.apply = async (...given) => {
      await apply(...given)
      controller.abort(reason)
    }
    await expect(prove(kube, controller.signal)).rejects.toBe(reason)
    expect(left(kube)).toEqual([])
  })
})
