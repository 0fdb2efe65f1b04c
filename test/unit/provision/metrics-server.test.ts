import { join } from 'node:path'
import type { V1Deployment, V1Node, V1Role } from '@kubernetes/client-node'
import { beforeEach, describe, expect, it } from 'vitest'
import { loadImageLock } from '../../../scripts/images/lock.ts'
import { applyMetricsServer, METRICS_SERVER, metricsServerState, nodesHave } from '../../../scripts/provision/metrics-server.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests')
const { signal } = new AbortController()
const IMAGE = 'example/metrics-server:v1'
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', ...METRICS_SERVER }

let kube: FakeKube
beforeEach(async () => {
  kube = new FakeKube()
  await applyMetricsServer(kube, join(MANIFESTS, 'metrics-server'), { image: IMAGE, signal })
})

describe('applyMetricsServer', () => {
  it('sets the image, and names in the manifest the one that the lock file has', async () => {
    expect(kube.peek<V1Deployment>(DEPLOYMENT)?.spec?.template.spec?.containers[0]?.image).toBe(IMAGE)
    const { images } = await loadImageLock(join(MANIFESTS, 'images.lock.yaml'))
    expect(images.find(({ context }) => context === 'metrics-server')?.references).toEqual([
      'registry.k8s.io/metrics-server/metrics-server:v0.9.0',
    ])
  })

  it('registers the API last: no namespace can be deleted while one is registered and does not answer', () => {
    expect(kube.calls.at(-1)).toBe('apply APIService v1beta1.metrics.k8s.io')
    expect(kube.calls.indexOf('apply Deployment metrics-server')).toBeLessThan(kube.calls.length - 1)
  })

  it('keeps it on the control plane, which no lab stops', () => {
    const pod = kube.peek<V1Deployment>(DEPLOYMENT)?.spec?.template.spec
    expect(pod?.nodeSelector).toMatchObject({ 'node-role.kubernetes.io/control-plane': '' })
  })

  it('lets it read and nothing else', () => {
    const roles = ['system:metrics-server', 'system:aggregated-metrics-reader'].map((name) =>
      kube.peek<V1Role>({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name, namespace: 'default' }),
    )
    const verbs = roles.flatMap((role) => role?.rules?.flatMap((rule) => rule.verbs) ?? [])
    expect([...new Set(verbs)].sort()).toEqual(['get', 'list', 'watch'])
  })
})

describe('nodesHave', () => {
  it.each([
    ['a node has it', ['docker.io/other:1', IMAGE], true],
    ['no node has it', ['docker.io/other:1'], false],
  ])('sees that %s', async (_, names, expected) => {
    const node: V1Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, status: { images: [{ names }] } }
    expect(await nodesHave(new FakeKube(node), IMAGE, signal)).toBe(expected)
  })
})

describe('metricsServerState', () => {
  const deployment = (status: V1Deployment['status'], replicas = 1): V1Deployment => ({
    spec: { replicas, selector: {}, template: {} },
    status: status ?? {},
  })
  const progressing = (status: string) => [{ type: 'Progressing', status }]

  it.each<readonly [string, V1Deployment | undefined, boolean, string]>([
    ['an environment that was made without', undefined, false, 'none'],
    ['one that was removed', undefined, true, 'absent'],
    ['one with an available Pod', deployment({ availableReplicas: 1 }), true, 'running'],
    ['one that starts', deployment({ conditions: progressing('True') }), true, 'starting'],
    ['one that does not get to its end', deployment({ conditions: progressing('False') }), true, 'unavailable'],
    ['one that was scaled to zero', deployment({}, 0), true, 'unavailable'],
  ])('tells %s', (_, found, expected, state) => {
    expect(metricsServerState(found, expected)).toBe(state)
  })
})
