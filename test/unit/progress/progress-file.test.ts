import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { count, NO_PROGRESS, record } from '../../../scripts/progress/progress.ts'
import { progressFile, readProgress, updateProgress } from '../../../scripts/progress/progress-file.ts'

const { signal } = new AbortController()
const MODULE = new URL('../../../scripts/progress/', import.meta.url).href

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statelab-progress-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('the progress file', () => {
  it('is no progress while there is none', async () => {
    expect(await readProgress(folder)).toEqual({ progress: NO_PROGRESS })
    expect(await readdir(folder)).toEqual([])
  })

  it('keeps what is written, for its owner only, and leaves nothing beside it', async () => {
    const home = join(folder, 'made', 'when missing')
    const now = new Date()
    const seen = { labId: 'try', green: ['a'], passed: true, solved: [] }
    const { before, progress } = await updateProgress(home, (old) => record(old, seen, now), signal)
    expect(before).toEqual(NO_PROGRESS)
    expect(await readProgress(home)).toEqual({ progress })
    expect(await readdir(home)).toEqual(['progress.json'])
    expect((await stat(progressFile(home))).mode & 0o777).toBe(0o600)
  })

  it('loses nothing when several processes write at once', { timeout: 60_000 }, async () => {
    const script = `
      import { count } from '${MODULE}progress.ts'
      import { updateProgress } from '${MODULE}progress-file.ts'
      for (let n = 0; n < 10; n++) await updateProgress(${JSON.stringify(folder)}, (old) => count(old, 'try', 'checks'), new AbortController().signal)`
    const codes = await Promise.all([1, 2, 3].map(() => ended(['--input-type=module-typescript', '--eval', script])))
    expect(codes).toEqual([0, 0, 0])
    expect((await readProgress(folder)).progress.labs.try?.checks).toBe(30)
    expect(await readdir(folder)).toEqual(['progress.json'])
  })

  it.each([
    ['cut off', '{"schema": 1, "labs": {'],
    ['empty', ''],
    ['of another shape', '{"schema": 1, "labs": {"try": {"tasks": [], "checks": -1}}}'],
    ['no JSON object', '7'],
  ])('that is %s counts as empty, says so in both languages, and is kept beside the new one', async (_what, content) => {
    await writeFile(progressFile(folder), content)
    const read = await readProgress(folder)
    expect(read.progress).toEqual(NO_PROGRESS)
    expect(read.problem?.en).toContain(`your progress in ${progressFile(folder)} cannot be read (`)
    expect(read.problem?.zh).toContain('无法读取')
    expect(await readFile(progressFile(folder), 'utf8')).toBe(content)

    expect((await updateProgress(folder, (old) => count(old, 'try', 'checks'), signal)).problem).toEqual(read.problem)
    expect((await readProgress(folder)).problem).toBeUndefined()
    const [copy = ''] = (await readdir(folder)).filter((name) => name.startsWith('progress.json.damaged-'))
    expect(await readFile(join(folder, copy), 'utf8')).toBe(content)
  })

  it('of a newer statelab is neither read nor touched', async () => {
    await writeFile(progressFile(folder), '{"schema": 2}')
    const refused = { code: 'operation-failed', message: expect.stringContaining('newer statelab') }
    await expect(readProgress(folder)).rejects.toMatchObject(refused)
    await expect(updateProgress(folder, (old) => old, signal)).rejects.toMatchObject(refused)
    expect(await readdir(folder)).toEqual(['progress.json'])
  })

  it('keeps fields that it does not know', async () => {
    await writeFile(progressFile(folder), '{"schema": 1, "labs": {}, "note": "mine"}')
    await updateProgress(folder, (old) => count(old, 'try', 'checks'), signal)
    expect(JSON.parse(await readFile(progressFile(folder), 'utf8'))).toMatchObject({ note: 'mine', labs: { try: { checks: 1 } } })
  })

  it('that cannot be written is an error that names it', async () => {
    await writeFile(join(folder, 'file'), '')
    await expect(updateProgress(join(folder, 'file'), (old) => old, signal)).rejects.toMatchObject({
      code: 'operation-failed',
      message: expect.stringContaining('cannot be written'),
    })
  })
})

function ended(args: readonly string[]): Promise<number | null> {
  return new Promise((resolve) => spawn(process.execPath, args, { stdio: 'inherit' }).on('close', resolve))
}
