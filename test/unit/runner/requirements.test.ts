import type { KubernetesObject, V1Node } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../scripts/catalog/lab.ts'
import { KubernetesError } from '../../../scripts/kube/kubernetes-error.ts'
import { assertCanRun, missingRequirement } from '../../../scripts/runner/requirements.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const { signal } = new AbortController()
const title = { en: 'A lab', zh: '一个实验' }
const lab = (requires?: Lab['requires'], kubernetes = '>=1.27'): Lab => ({
  ...{ id: 'a', track: 'operate', minutes: 5, kubernetes, title, tasks: [], solution: [], wrong: [], folder: '/a' },
  ...(requires && { requires }),
})

const node = (name: string): V1Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } })
const figuresOf = (name: string): KubernetesObject => ({
  apiVersion: 'metrics.k8s.io/v1beta1',
  kind: 'NodeMetrics',
  metadata: { name },
})
const API: KubernetesObject = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1beta1.metrics.k8s.io' },
}

describe('missingRequirement', () => {
  it('finds nothing missing for a lab that asks for nothing', async () => {
    expect(await missingRequirement(lab(), new FakeKube(), signal)).toBeUndefined()
  })

  it.each<readonly [string, Lab, RegExp]>([
    ['another Kubernetes', lab({}, '>=1.99'), /needs Kubernetes >=1\.99, and this is v1\.36\.3/],
    ['more nodes', lab({ nodes: 3 }), /needs 3 nodes, and there are 1/],
    ['metrics-server', lab({ features: ['metrics-server'] }), /needs metrics-server, which this environment does not have/],
  ])('says in both languages that %s is missing', async (_, wanting, expected) => {
    const missing = await missingRequirement(wanting, new FakeKube(node('a')), signal)
    expect(missing?.en).toMatch(expected)
    expect(missing?.zh).toMatch(/需要/)
    await expect(assertCanRun(wanting, new FakeKube(node('a')), signal)).rejects.toMatchObject({ code: 'prerequisite-missing' })
  })

  it('waits until metrics-server, which `up` does not wait for, knows every node', async () => {
    const kube = new FakeKube(node('a'), node('b'), API, figuresOf('a'))
    let asked = 0
    const list = kube.list.bind(kube)
    kube.list = async (query, within) => {
      if (query.kind === 'NodeMetrics') asked++
      if (query.kind === 'NodeMetrics' && asked === 1) throw new KubernetesError('no endpoints', { status: 503 })
      if (asked === 3) kube.put(figuresOf('b'))
      return list(query, within)
    }
    expect(await missingRequirement(lab({ features: ['metrics-server'] }), kube, signal)).toBeUndefined()
    expect(asked).toBe(3)
  })
})
