import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildImage, inspectImage } from '../../../scripts/images/build/docker.ts'
import { execaRunner } from '../../../scripts/process/execa-runner.ts'

const BASE = process.env.STATELAB_TEST_NFS_SERVER_IMAGE ?? ''
const signal = AbortSignal.timeout(10 * 60_000)

let context: string
let tag: string
beforeEach(async () => {
  context = await mkdtemp(join(tmpdir(), 'statelab-image-'))
  tag = `t-images-build:${randomUUID()}`
})
afterEach(async () => {
  await docker(['image', 'rm', '--force', tag])
  await rm(context, { recursive: true, force: true })
})

const docker = (args: readonly string[]) => execaRunner.run('docker', args, { signal, allow: 'any' })
const dockerfile = (text: string) => writeFile(join(context, 'Dockerfile'), text)

describe('buildImage', () => {
  test('builds on an image that is only here, with arguments and labels, telling each step', async () => {
    await dockerfile('ARG BASE\nFROM ${BASE}\nARG GREETING\nRUN echo "$GREETING" > /greeting\n')
    const lines: string[] = []
    const args = { BASE, GREETING: 'a b $(id)' }
    await buildImage(execaRunner, {
      tag,
      context,
      args,
      labels: { 'dev.statelab.test': 'a b' },
      signal,
      progress: (line) => lines.push(line),
    })
    expect(lines.some((line) => line.startsWith('Step 1/'))).toBe(true)
    expect((await docker(['run', '--rm', '--entrypoint', 'cat', tag, '/greeting'])).stdout).toBe('a b $(id)')
    expect((await docker(['image', 'inspect', '--format', '{{index .Config.Labels "dev.statelab.test"}}', tag])).stdout).toBe(
      'a b',
    )
  })

  test('makes an image that inspectImage finds, with its size and age', async () => {
    const text = 'FROM scratch\nCOPY Dockerfile /\n'
    await dockerfile(text)
    expect(await inspectImage(execaRunner, tag, signal)).toBeUndefined()
    await buildImage(execaRunner, { tag, context, signal, progress: () => {} })
    const image = await inspectImage(execaRunner, tag, signal)
    expect(image).toMatchObject({ id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), sizeBytes: text.length })
    expect(Date.now() - Date.parse(image?.createdAt ?? '')).toBeLessThan(10 * 60_000)
  })

  test('fails with what the step said', async () => {
    await dockerfile('ARG BASE\nFROM ${BASE}\nRUN echo "no such package" >&2; exit 7\n')
    const build = buildImage(execaRunner, { tag, context, args: { BASE }, signal, progress: () => {} })
    await expect(build).rejects.toMatchObject({
      code: 'command-failed',
      message: expect.stringContaining('returned a non-zero code: 7'),
    })
    expect(await inspectImage(execaRunner, tag, signal)).toBeUndefined()
  })

  test('leaves no container behind when it is interrupted', async () => {
    const mark = randomUUID()
    await dockerfile(`ARG BASE\nFROM \${BASE}\nRUN echo ${mark}; sleep 60\n`)
    const controller = new AbortController()
    const progress = (line: string): void => {
      if (line === mark) controller.abort(new Error('enough'))
    }
    await expect(buildImage(execaRunner, { tag, context, args: { BASE }, signal: controller.signal, progress })).rejects.toThrow(
      'enough',
    )
    await expect
      .poll(async () => (await docker(['ps', '--all', '--no-trunc', '--format', '{{.Command}}'])).stdout, { timeout: 20_000 })
      .not.toContain(mark)
  })
})
