import { beforeEach, describe, expect, test } from 'vitest'
import type { Check, CheckContext } from '../../../scripts/checks/check.ts'
import { met, unmet } from '../../../scripts/checks/check.ts'
import { refOf } from '../../../scripts/checks/kinds.ts'
import { allOf, fieldOf, not, objectHas } from '../../../scripts/checks/object.ts'
import { bytesOf } from '../../../scripts/checks/quantity.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

let context: CheckContext

beforeEach(() => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'lab' },
    spec: { clusterIP: 'None', ports: [{ port: 80 }] },
  }
  context = checkContext({ kube: new FakeKube(service), namespace: 'lab' })
})

describe('objectHas', () => {
  test('compares fields by path and shows the command for each', async () => {
    const finding = await objectHas('Service', 'web', {
      'spec.clusterIP': 'None',
      'spec.ports[0].port': 80,
      'spec.selector': undefined,
    }).run(context)
    expect(finding).toMatchObject({
      met: true,
      message: 'Service web: spec.clusterIP None, spec.ports[0].port 80, spec.selector absent',
    })
    expect(finding.evidence[1]?.command).toBe("kubectl -n lab get service web -o 'jsonpath={.spec.ports[0].port}'")
  })

  test.each([
    [{ 'spec.clusterIP': '10.0.0.1' }, 'Service web: expected spec.clusterIP 10.0.0.1, saw spec.clusterIP None'],
    [{ 'spec.ports[0].port': '80' }, 'Service web: expected spec.ports[0].port 80, saw spec.ports[0].port 80'],
    [{ 'spec.ports[1].port': 80 }, 'Service web: expected spec.ports[1].port 80, saw spec.ports[1].port absent'],
  ])('is refused by other values: %j', async (fields, message) => {
    expect(await objectHas('Service', 'web', fields).run(context)).toMatchObject({ met: false, message })
  })

  test('shows no namespace in the command for a kind that has none', async () => {
    const volume = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv' }, spec: { volumeMode: 'Block' } }
    const finding = await objectHas('PersistentVolume', 'pv', { 'spec.volumeMode': 'Block' }).run({
      ...context,
      kube: new FakeKube(volume),
    })
    expect(finding).toMatchObject({
      met: true,
      evidence: [{ command: "kubectl get persistentvolume pv -o 'jsonpath={.spec.volumeMode}'" }],
    })
  })

  test('without fields asks only whether it exists, here or in a namespace given', async () => {
    expect(await objectHas('Service', 'web').run(context)).toMatchObject({ met: true, message: 'Service web: Service web' })
    expect(await objectHas('Service', 'web', {}, { namespace: 'default' }).run(context)).toMatchObject({ met: false })
    expect(await objectHas('Pod', 'web', { 'spec.nodeName': undefined }).run(context)).toMatchObject({ met: false })
  })
})

describe('combinators', () => {
  const yes: Check = { id: 'y', kind: 'observe', title: { en: 'Y', zh: 'Y' }, run: async () => met('yes') }
  const no: Check = { id: 'n', kind: 'observe', title: { en: 'N', zh: 'N' }, run: async () => unmet('no') }

  test('not turns a finding round', async () => {
    expect(await not(yes).run(context)).toMatchObject({ met: false })
    expect(await not(no).run(context)).toMatchObject({ met: true, message: 'no' })
  })

  test('allOf is met when all are, and says the first that is not', async () => {
    expect(await allOf(yes, yes).run(context)).toMatchObject({ met: true, message: 'yes; yes' })
    expect(await allOf(yes, no, yes).run(context)).toMatchObject({ met: false, message: 'no' })
    expect(allOf(yes, { ...no, kind: 'probe' }).kind).toBe('probe')
  })
})

test('fieldOf ends where the path ends', () => {
  expect(fieldOf({ a: [{ b: 1 }] }, 'a[0].b')).toBe(1)
  expect(fieldOf({ a: null }, 'a.b.c')).toBeUndefined()
})

test('refOf knows which kinds have a namespace, and refuses kinds it does not know', () => {
  expect(refOf('StatefulSet', 'a', 'lab')).toEqual({ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'a', namespace: 'lab' })
  expect(refOf('PersistentVolume', 'a', 'lab')).toEqual({ apiVersion: 'v1', kind: 'PersistentVolume', name: 'a' })
  expect(() => refOf('Pot', 'a', 'lab')).toThrow(
    expect.objectContaining({ code: 'bad-input', message: 'labs know no kind "Pot"' }),
  )
})

test.each([
  ['100Mi', 104_857_600],
  ['0.1Gi', 107_374_182.4],
  ['1e3', 1_000],
  ['1E3', 1_000],
  ['100M', 100_000_000],
  ['500m', 0.5],
  ['1gi', Number.NaN],
  ['', Number.NaN],
])('bytesOf(%j)', (quantity, bytes) => expect(bytesOf(quantity)).toBe(bytes))
