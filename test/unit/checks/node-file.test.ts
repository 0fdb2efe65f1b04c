import type { KubernetesObject } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import { noNodeFile, nodeFile } from '../../../scripts/checks/node-file.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'
import { FakeNodes } from '../../helpers/fake-nodes.ts'

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'lab-x' },
  spec: { nodeName: 'worker' },
} as KubernetesObject
const path = '/tmp/a.txt'

/** `/tmp/a.txt` is on the worker only. */
function world(...objects: KubernetesObject[]) {
  const nodes = new FakeNodes()
  nodes.onRun = (node, [program, ...args]) => {
    if (node !== 'worker' || args.at(-1) !== path)
      return { exitCode: 1, stdout: '', stderr: `${program}: ${args.at(-1)}: No such file or directory` }
    return { exitCode: 0, stdout: program === 'cat' ? 'hello world' : program === 'stat' ? '1000' : path, stderr: '' }
  }
  return { nodes, context: checkContext({ nodes, kube: new FakeKube(...objects) }) }
}

describe('nodeFile', () => {
  test('is met by a file on the node of a role, or on that of a Pod', async () => {
    const { context } = world(pod)
    expect(await nodeFile({ node: 'worker', path, contains: 'hello' }).run(context)).toEqual({
      met: true,
      message: 'Node worker: "hello"',
      evidence: [{ expected: '"hello"', observed: '"hello"', command: 'docker exec worker cat /tmp/a.txt' }],
    })
    expect(await nodeFile({ nodeOf: 'web', path }).run(context)).toMatchObject({ met: true })
  })

  test('is not met by another text, no file, or a Pod without a node', async () => {
    const { context } = world({ ...pod, spec: {} } as KubernetesObject)
    expect(await nodeFile({ node: 'worker', path, contains: 'bye' }).run(context)).toMatchObject({
      met: false,
      message: 'Node worker: expected "bye", saw "hello world"',
    })
    expect(await nodeFile({ node: 'control-plane', path }).run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('No such file'),
    })
    expect(await nodeFile({ nodeOf: 'web', path }).run(context)).toMatchObject({
      met: false,
      message: 'the node of Pod web: expected the node of Pod web, saw Pod web has none yet',
    })
    expect(await nodeFile({ nodeOf: 'other', path }).run(context)).toMatchObject({ met: false })
  })

  test('proves since when it has been there, to whole seconds', async () => {
    const { context } = world(pod)
    const file = nodeFile({ nodeOf: 'web', path })
    expect(await file.provenSince?.(context, new Date(1_001_000))).toMatchObject({ met: true })
    expect(await file.provenSince?.(context, new Date(1_000_900))).toBeUndefined()
  })
})

describe('noNodeFile', () => {
  test('is met where there is no such file', async () => {
    const { context } = world()
    expect(await noNodeFile({ node: 'control-plane', path }).run(context)).toEqual({
      met: true,
      message: 'Node control-plane: no /tmp/a.txt',
      evidence: [{ expected: 'no /tmp/a.txt', observed: 'no /tmp/a.txt', command: 'docker exec control-plane ls -d /tmp/a.txt' }],
    })
  })

  test('is not met where the file is, or where a node cannot be asked', async () => {
    const { nodes, context } = world()
    expect(await noNodeFile({ node: 'worker', path }).run(context)).toMatchObject({ met: false })
    nodes.onRun = () => ({ exitCode: 1, stdout: '', stderr: 'container worker is not running' })
    expect(await noNodeFile({ node: 'worker', path }).run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('is not running'),
    })
  })
})
