import { describe, expect, test } from 'vitest'
import { noPodFile, podFile } from '../../../scripts/checks/pod-file.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { PodWorld } from '../../helpers/pod-world.ts'

const path = '/data/a.txt'

function started(text?: string) {
  const world = new PodWorld('emptyDir')
  world.start('web')
  if (text !== undefined) world.write('web', path, text)
  return { world, context: checkContext({ kube: world.kube, nodes: world.nodes }) }
}

describe('podFile', () => {
  test('is met by a file with the text in it', async () => {
    const { context } = started('hello world')
    expect(await podFile('web', { path, contains: 'hello', container: 'main' }).run(context)).toEqual({
      met: true,
      message: 'Pod web (main): "hello"',
      evidence: [{ expected: '"hello"', observed: '"hello"', command: 'kubectl -n lab-x exec web -c main -- cat /data/a.txt' }],
    })
  })

  test('is not met by another text, no file, or no Pod, and says which', async () => {
    const wanted = podFile('web', { path, contains: 'hello' })
    expect(await wanted.run(started('bye').context)).toMatchObject({ message: 'Pod web: expected "hello", saw "bye"' })
    expect(await wanted.run(started().context)).toMatchObject({ met: false, message: expect.stringContaining('No such file') })
    expect(await wanted.run(checkContext())).toMatchObject({ met: false, message: expect.stringContaining('there is no Pod') })
  })
})

describe('noPodFile', () => {
  const check = noPodFile('web', { path })

  test('is met by a Pod that runs and has no such file', async () => {
    expect(await check.run(started().context)).toMatchObject({ met: true, message: 'Pod web: no /data/a.txt' })
  })

  test('is not met for good by a file that is there', async () => {
    expect(await check.run(started('x').context)).toMatchObject({ met: false, settled: true })
  })

  test('is not met by a Pod that cannot be looked into', async () => {
    expect(await check.run(checkContext())).toMatchObject({ met: false, settled: false })
  })
})
