import { describe, expect, test } from 'vitest'
import { endsWithPod } from '../../../../scripts/checks/ends-with-pod.ts'
import { lost } from '../../../../scripts/checks/lost.ts'
import { noPodFile, podFile } from '../../../../scripts/checks/pod-file.ts'
import { podRecreated } from '../../../../scripts/checks/disturbances/pod-recreated.ts'
import { survives } from '../../../../scripts/checks/survives.ts'
import { checkContext } from '../../../helpers/check-context.ts'
import { PodWorld, type Storage } from '../../../helpers/pod-world.ts'

const file = podFile('web', { path: '/data/a.txt', contains: 'hello' })
const gone = noPodFile('web', { path: '/data/a.txt' })

function started(storage: Storage, spec: object = {}) {
  const world = new PodWorld(storage)
  world.start('web', 'worker', spec)
  world.write('web', '/data/a.txt', 'hello world')
  return { world, context: checkContext({ kube: world.kube, nodes: world.nodes }) }
}

describe('survives(podFile, podRecreated)', () => {
  const check = survives(file, podRecreated('web'), { timeoutMs: 300 })

  test('is met by a file of the node: another UID, the same node', async () => {
    const { world, context } = started('hostPath')
    const before = world.pod('web')?.metadata?.uid
    const finding = await check.run(context)
    expect(finding).toMatchObject({ met: true })
    expect(finding.evidence).toEqual([
      {
        expected: `UID other than ${before}`,
        observed: `UID ${world.pod('web')?.metadata?.uid}`,
        command: "kubectl -n lab-x get pod web -o 'jsonpath={.metadata.uid}'",
      },
      { expected: 'on worker', observed: 'on worker', command: 'kubectl -n lab-x get pod web -o wide' },
      { expected: '"hello"', observed: '"hello"', command: 'kubectl -n lab-x exec web -- cat /data/a.txt' },
    ])
    expect(world.pod('web')?.metadata?.labels).toEqual({ app: 'web' })
    expect(world.kube.watches).toBe(0)
  })

  test('is refused by a file of the Pod', async () => {
    const { context } = started('emptyDir')
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('No such file') })
  })

  test('touches no Pod of a controller, and none that is not there', async () => {
    const { world, context } = started('hostPath')
    const pod = world.pod('web')
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u', controller: true }
    world.kube.put({ ...pod, metadata: { ...pod?.metadata, ownerReferences: [owner] } } as never)
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('it has a controller') })
    expect(await podRecreated('other').run(context)).toMatchObject({ met: false })
    expect(world.kube.calls).toEqual([])
  })

  test('makes the Pod again when it is interrupted between the deletion and that', async () => {
    const { world, context } = started('hostPath')
    let interrupted = false
    world.onRun = () => {
      if (interrupted) return
      interrupted = true
      throw new Error('interrupted')
    }
    await expect(check.run(context)).rejects.toThrow('interrupted')
    expect(world.pod('web')?.spec?.nodeName).toBe('worker')
  })

  test("believes the learner's own, when events tell of an earlier Pod on the same node and the file is older", async () => {
    const { world, context } = started('hostPath')
    expect(await check.proven?.(context)).toBeUndefined()
    world.kube.remove({ apiVersion: 'v1', kind: 'Pod', namespace: 'lab-x', name: 'web' })
    world.start('web', 'worker')
    expect(await check.proven?.(context)).toMatchObject({ met: true })
    world.kube.remove({ apiVersion: 'v1', kind: 'Pod', namespace: 'lab-x', name: 'web' })
    world.start('web', 'control-plane')
    world.write('web', '/data/a.txt', 'hello world')
    expect(await check.proven?.(context)).toBeUndefined()
  })
})

describe('lost(podFile, podRecreated on the other node)', () => {
  const check = lost(file, podRecreated('web', { on: 'other' }), gone, { timeoutMs: 300 })

  test('is met by a file of the node, and puts the Pod back', async () => {
    const { world, context } = started('hostPath')
    expect(await check.run(context)).toMatchObject({
      met: true,
      message: expect.stringMatching(/"hello".*on control-plane; then Pod web: no \/data\/a.txt/),
    })
    expect(world.pod('web')?.spec?.nodeName).toBe('worker')
    expect(await file.run(context)).toMatchObject({ met: true })
  })

  test('lets the wishes of the Pod for a node hold only where they were meant', async () => {
    const selector = { nodeSelector: { 'kubernetes.io/hostname': 'worker' } }
    const { world, context } = started('hostPath', selector)
    const seen: unknown[] = []
    world.onRun = ({ spec }) => void seen.push([spec?.nodeName, spec?.nodeSelector])
    await check.run(context)
    expect(seen).toEqual([
      ['control-plane', undefined],
      ['worker', selector.nodeSelector],
    ])
  })

  test('is refused when the file is there as well, and puts the Pod back', async () => {
    const { world, context } = started('hostPath')
    world.onRun = ({ spec }) => {
      if (spec?.nodeName === 'control-plane') queueMicrotask(() => world.write('web', '/data/a.txt', 'hello world'))
    }
    expect(await check.run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('expected no /data/a.txt'),
    })
    expect(world.pod('web')?.spec?.nodeName).toBe('worker')
  })

  test('disturbs nothing when there is nothing to lose, or no other node', async () => {
    const { world, context } = started('hostPath')
    await world.nodes.stop('control-plane')
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('there is no other node') })
    const missing = lost(podFile('web', { path: '/data/b.txt', contains: 'x' }), podRecreated('web'), gone)
    expect(await missing.run(context)).toMatchObject({ met: false, message: expect.stringContaining('nothing was disturbed') })
    expect(world.kube.calls).toEqual([])
  })
})

describe('endsWithPod', () => {
  const check = endsWithPod('web', { path: '/data' })

  test('is met by an emptyDir, shown with a copy without labels, which is gone afterwards', async () => {
    const { world, context } = started('emptyDir')
    const uid = world.pod('web')?.metadata?.uid
    const copies: unknown[] = []
    world.onRun = ({ metadata, spec }) => void copies.push([metadata?.name, metadata?.labels, spec?.nodeName])
    expect(await check.run(context)).toMatchObject({ met: true })
    expect(copies).toEqual([
      ['web-copy', undefined, 'worker'],
      ['web-copy', undefined, 'worker'],
    ])
    expect(world.pod('web')?.metadata?.uid).toBe(uid)
    expect(world.pod('web-copy')).toBeUndefined()
  })

  test('is refused by a directory of the node, in which nothing is left', async () => {
    const { world, context } = started('hostPath')
    const before = world.left
    expect(await check.run(context)).toMatchObject({ met: false })
    expect(world.left).toEqual(before)
    expect(world.pod('web-copy')).toBeUndefined()
  })

  test('makes no copy of a Pod that is not there', async () => {
    const world = new PodWorld('emptyDir')
    expect(await check.run(checkContext({ kube: world.kube }))).toMatchObject({ met: false })
    expect(world.kube.calls).toEqual([])
  })
})
