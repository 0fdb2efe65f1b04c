import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { licenceFiles } from '../../../../scripts/images/packages/licences.ts'
import { FakeRunner } from '../../../helpers/fake-runner.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statelab-licences-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function put(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true })
  await writeFile(join(folder, path), text, { mode })
}

const go = () =>
  new FakeRunner((command) => {
    const zap = join(folder, 'mod', 'zap')
    if (command.startsWith('go env')) return `${join(folder, 'go')}\ngo1.26.8\n`
    return [`go.uber.org/zap@v1.27.1\t${zap}\t${zap}`, `go.uber.org/zap@v1.27.1\t${zap}\t${join(zap, 'a', 'b')}`, ''].join('\n')
  })

const collect = (runner: FakeRunner) =>
  licenceFiles(runner, { module: folder, folder: join(folder, 'out'), signal: new AbortController().signal })

describe('licenceFiles', () => {
  beforeEach(async () => {
    await put('mod/zap/LICENSE.txt', 'MIT', 0o444)
    await put('mod/zap/license.go', 'package zap')
    await put('mod/zap/a/NOTICE', 'of a')
    await put('mod/zap/a/b/b.go', 'package b')
    await put('mod/zap/unused/LICENSE', 'of what is not compiled in')
    await put('go/LICENSE', 'BSD')
    await chmod(join(folder, 'mod/zap/a'), 0o555)
  })
  afterEach(() => chmod(join(folder, 'mod/zap/a'), 0o755))

  it('collects those of what is compiled in, the folders above included, and of Go itself', async () => {
    const files = await collect(go())
    expect(files.map(({ path }) => path)).toEqual([
      'licenses/go.uber.org/zap@v1.27.1/LICENSE.txt',
      'licenses/go.uber.org/zap@v1.27.1/a/NOTICE',
      'licenses/go@1.26.8/LICENSE',
    ])
    expect(await readFile(files[1]?.file ?? '', 'utf8')).toBe('of a')
    expect((await stat(files[0]?.file ?? '')).mode & 0o200).toBe(0o200)
  })

  it('asks Go once', async () => {
    const runner = go()
    const first = await collect(runner)
    const calls = runner.calls.length
    expect(await collect(runner)).toEqual(first)
    expect(runner.calls).toHaveLength(calls)
  })
})
