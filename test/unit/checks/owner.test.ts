import type { KubernetesObject } from '@kubernetes/client-node'
import { beforeEach, describe, expect, test } from 'vitest'
import { answered } from '../../../scripts/checks/answer.ts'
import type { CheckContext } from '../../../scripts/checks/check.ts'
import { everyPodMadeBy, listsRoots, madeBy } from '../../../scripts/checks/owner.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const NAMESPACE = 'lab-try'
const API: Readonly<Record<string, string>> = { Deployment: 'apps/v1', ReplicaSet: 'apps/v1', StatefulSet: 'apps/v1' }

let kube: FakeKube
let context: CheckContext

beforeEach(() => {
  kube = new FakeKube()
  context = checkContext({ kube, namespace: NAMESPACE })
})

function put(name: string, owner?: string, more: object = {}): void {
  const [kind = '', own = ''] = name.split('/')
  const [ownerKind = '', ownerName = ''] = owner?.split('/') ?? []
  const reference = {
    apiVersion: API[ownerKind] ?? 'v1',
    kind: ownerKind,
    name: ownerName,
    uid: `uid of ${owner}`,
    controller: true,
  }
  const metadata = { name: own, namespace: NAMESPACE, uid: `uid of ${name}`, ...(owner && { ownerReferences: [reference] }) }
  const object = { apiVersion: API[kind] ?? 'v1', kind, metadata, ...more } as KubernetesObject
  const labels = (more as { labels?: Record<string, string> }).labels
  kube.put({ ...object, metadata: { ...object.metadata, ...(labels && { labels }) } })
}

const template = { spec: { template: { metadata: { labels: { app: 'web' } } } } }

function putChain(): void {
  put('Deployment/web', undefined, template)
  put('ReplicaSet/web-7d9f', 'Deployment/web', template)
  put('Pod/web-7d9f-x2x', 'ReplicaSet/web-7d9f', { labels: { app: 'web' } })
}

describe('madeBy', () => {
  test('follows the references up to the object that nobody owns', async () => {
    putChain()
    expect(await madeBy('Pod', 'web-7d9f-x2x', ['ReplicaSet/web-*', 'Deployment/web']).run(context)).toMatchObject({
      met: true,
      message: 'Pod web-7d9f-x2x: Pod/web-7d9f-x2x ← ReplicaSet/web-7d9f ← Deployment/web',
    })
  })

  test.each([
    ['the chain is longer', ['ReplicaSet/web-7d9f']],
    ['the top is another', ['ReplicaSet/web-7d9f', 'StatefulSet/web']],
  ])('is refused when %s', async (_why, chain) => {
    putChain()
    expect(await madeBy('Pod', 'web-7d9f-x2x', chain).run(context)).toMatchObject({ met: false })
  })

  test('does not take another object of the name for the owner', async () => {
    put('Pod/web-0', 'StatefulSet/web')
    put('StatefulSet/web')
    const set = kube.peek({ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: NAMESPACE, name: 'web' })
    kube.put({ ...set, metadata: { ...set?.metadata, uid: 'made again' } } as KubernetesObject)
    expect(await madeBy('Pod', 'web-0', ['StatefulSet/web']).run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('StatefulSet/web (gone)'),
    })
  })

  test('says that there is no such object', async () => {
    expect(await madeBy('Pod', 'web-0', ['StatefulSet/web']).run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('there is no Pod web-0'),
    })
  })
})

describe('everyPodMadeBy', () => {
  const check = everyPodMadeBy('app=web', 'StatefulSet/web')

  beforeEach(() => {
    put('StatefulSet/web', undefined, template)
    put('Pod/web-0', 'StatefulSet/web', { labels: { app: 'web' } })
  })

  test('is met when one object makes them all', async () => {
    expect(await check.run(context)).toMatchObject({
      met: true,
      message: expect.stringContaining('Pod/web-0 made by StatefulSet/web'),
    })
  })

  test('names the Pod that something else made, but not what: that is the exercise', async () => {
    putChain()
    const finding = await check.run(context)
    expect(finding).toMatchObject({ met: false, message: expect.stringContaining('saw Pod/web-7d9f-x2x made by something else') })
    expect(JSON.stringify(finding)).not.toContain('Deployment/web')
  })

  test('is refused by something else that makes none at the moment', async () => {
    put('Deployment/web', undefined, template)
    expect(await check.run(context)).toMatchObject({
      met: false,
      message: 'app=web: expected 0 other objects that make such Pods, saw 1 other objects that make such Pods',
    })
  })

  test('is refused when there are no Pods', async () => {
    kube.remove({ apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name: 'web-0' })
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('saw none') })
  })
})

describe('listsRoots', () => {
  const check = listsRoots({ configMap: 'inventory', key: 'roots' })
  const list = (roots: string): void => put('ConfigMap/inventory', undefined, { data: { roots } })

  beforeEach(() => {
    putChain()
    put('Secret/password')
    put('ConfigMap/kube-root-ca.crt')
    put('ServiceAccount/default')
  })

  test.each([
    'Deployment/web\nSecret/password\n',
    'deployment.apps/web, secrets/password',
    'deployments.apps/web secret/password configmap/inventory',
  ])('is met by %j', async (roots) => {
    list(roots)
    expect(await check.run(context)).toMatchObject({ met: true, message: 'ConfigMap inventory: 2 of 2 objects without an owner' })
  })

  test('tells only the kind of what is missing', async () => {
    list('Deployment/web')
    expect(await check.run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('saw 1 of 2 objects without an owner (missing: Secret)'),
    })
  })

  test('is refused by what has an owner', async () => {
    list('Deployment/web Secret/password ReplicaSet/web-7d9f')
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('saw ReplicaSet/web-7d9f') })
  })

  test('does not ask for what is newer than the list', async () => {
    list('Deployment/web Secret/password')
    put('Service/later')
    const later = kube.peek({ apiVersion: 'v1', kind: 'Service', namespace: NAMESPACE, name: 'later' })
    kube.put({ ...later, metadata: { ...later?.metadata, creationTimestamp: new Date(Date.now() + 5_000) } } as KubernetesObject)
    expect(await check.run(context)).toMatchObject({ met: true })
  })

  test('says that there is no list', async () => {
    expect(await check.run(context)).toMatchObject({
      met: false,
      message: 'ConfigMap inventory: expected a list under roots, saw none',
    })
  })
})

describe('answered', () => {
  const check = answered({ configMap: 'answer', key: 'top' }, { en: 'the maker', zh: '创建者' }, /^deployment\/web$/i)

  test.each([
    ['Deployment/web\n', true],
    ['StatefulSet/web', false],
    ['', false],
  ])('%j: %s, and never tells what is right', async (top, met) => {
    put('ConfigMap/answer', undefined, { data: { top } })
    const finding = await check.run(context)
    expect(finding.met).toBe(met)
    expect(`${finding.evidence[0]?.expected}${check.title.en}`).not.toMatch(/deployment/i)
  })

  test('is refused without an answer', async () => {
    expect(await check.run(context)).toMatchObject({ met: false, message: 'ConfigMap answer: expected the maker, saw no answer' })
  })
})
