import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execaRunner } from '../../../scripts/process/execa-runner.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'statelab-runner-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sh = (script: string, options?: Parameters<typeof execaRunner.run>[2]) => execaRunner.run('sh', ['-c', script], options)

/** How long it took to fail, and with what. */
async function failure(run: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const startedAt = performance.now()
  const error = await run.then(
    () => 'no failure',
    (thrown: unknown) => thrown,
  )
  return { error, ms: performance.now() - startedAt }
}

function* repeat(block: Buffer, times: number): Generator<Buffer> {
  for (let count = 0; count < times; count++) yield block
}

function* thenFail(error: Error): Generator<string> {
  yield 'begin'
  throw error
}

describe('execaRunner', () => {
  it('gives stdout and stderr apart, without the last newline', async () => {
    await expect(sh('echo one; echo two; echo three >&2')).resolves.toEqual({ exitCode: 0, stdout: 'one\ntwo', stderr: 'three' })
  })

  it('gives arguments to the program as they are: no shell reads them', async () => {
    const args = ['$(id)', '`id`', 'a b', '*', '; true', '']
    const { stdout } = await execaRunner.run(process.execPath, [
      '-e',
      'console.log(JSON.stringify(process.argv.slice(1)))',
      '--',
      ...args,
    ])
    expect(JSON.parse(stdout)).toEqual(args)
  })

  it('throws for an exit code, with the command to paste and what the program said', async () => {
    const { error } = await failure(sh('echo "no way" >&2; exit 3'))
    expect(error).toMatchObject({
      name: 'CommandFailedError',
      code: 'command-failed',
      exitCode: 3,
      stderr: 'no way',
      notFound: false,
      command: `sh -c 'echo "no way" >&2; exit 3'`,
    })
  })

  it('shows stdout of a program that fails and says nothing on stderr', async () => {
    expect((await failure(sh('echo "told here"; exit 1'))).error).toMatchObject({ message: expect.stringContaining('told here') })
  })

  it('returns an exit code that is allowed, and throws for others', async () => {
    await expect(sh('echo out; exit 3', { allow: [0, 3] })).resolves.toEqual({ exitCode: 3, stdout: 'out', stderr: '' })
    await expect(sh('exit 77', { allow: 'any' })).resolves.toMatchObject({ exitCode: 77 })
    await expect(sh('exit 0', { allow: [3] })).resolves.toMatchObject({ exitCode: 0 })
    await expect(sh('exit 4', { allow: [0, 3] })).rejects.toMatchObject({ exitCode: 4 })
  })

  it('says when there is no such program, whatever is allowed', async () => {
    const { error } = await failure(execaRunner.run('statelab-no-such-program', ['x'], { allow: 'any' }))
    expect(error).toMatchObject({ notFound: true, exitCode: undefined, message: 'statelab-no-such-program x: no such program' })
  })

  it('does not blame the program for a folder that is not there', async () => {
    expect((await failure(execaRunner.run('true', [], { cwd: join(folder, 'none') }))).error).toMatchObject({ notFound: false })
  })

  it('says which signal ended a program', async () => {
    const { error } = await failure(sh('kill -9 $$', { allow: 'any' }))
    expect(error).toMatchObject({ exitCode: undefined, message: "sh -c 'kill -9 $$' was ended by SIGKILL" })
  })

  it('gives every line of both streams as it comes, the last one without a newline too', async () => {
    const lines: string[] = []
    await sh('echo a; sleep 0.05; echo b >&2; sleep 0.05; printf "\\nc"', { onLine: (line) => lines.push(line) })
    expect(lines).toEqual(['a', 'b', '', 'c'])
  })

  it('has given all lines before it throws', async () => {
    const lines: string[] = []
    await expect(
      sh('for i in $(seq 1000); do echo $i; done; exit 1', { onLine: (line) => lines.push(line) }),
    ).rejects.toMatchObject({ exitCode: 1 })
    expect(lines).toHaveLength(1000)
    expect(lines.at(-1)).toBe('1000')
  })

  it('does not hide that the listener for lines failed', async () => {
    const broken = (): void => {
      throw new Error('cannot draw')
    }
    await expect(sh('echo a; echo b', { onLine: broken })).rejects.toThrow('cannot draw')
  })

  it('passes input, folder and variables, and no input when none is given', async () => {
    await expect(
      sh('cat; pwd; echo "$GREETING"', { input: 'from here\n', cwd: folder, env: { GREETING: 'hello' } }),
    ).resolves.toMatchObject({
      stdout: `from here\n${folder}\nhello`,
    })
    await expect(sh('cat; test -n "$PATH"')).resolves.toMatchObject({ stdout: '' })
  })

  it('streams input and output, more than would fit into memory at once', async () => {
    const block = Buffer.alloc(1024 * 1024, 'x')
    let bytes = 0
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        bytes += chunk.length
        done()
      },
    })
    const input = Readable.from(repeat(block, 100))
    await expect(execaRunner.run('cat', [], { inputFrom: input, outputTo: output })).resolves.toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    })
    expect(bytes).toBe(100 * block.length)
  })

  it('ends with the error of an input or an output that fails', async () => {
    const damaged = new Error('the file is damaged')
    const input = Readable.from(thenFail(damaged))
    expect((await failure(execaRunner.run('cat', [], { inputFrom: input }))).error).toBe(damaged)
    const full = new Error('the disk is full')
    const output = new Writable({ write: (_chunk, _encoding, done) => done(full) })
    expect((await failure(execaRunner.run('yes', [], { outputTo: output }))).error).toBe(full)
  })

  it('says what the program said when it reads only half of its input', async () => {
    const input = Readable.from(repeat(Buffer.alloc(1024 * 1024), 8))
    const { error } = await failure(sh('head -c 10 >/dev/null; echo "no room" >&2; exit 1', { inputFrom: input }))
    expect(error).toMatchObject({ name: 'CommandFailedError', stderr: 'no room' })
  })

  it('ends the program when it is aborted, and rejects with the reason itself', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const lines: string[] = []
    const onLine = (line: string): void => {
      lines.push(line)
      controller.abort(reason)
    }
    const { error, ms } = await failure(sh('echo $$; exec sleep 30', { signal: controller.signal, onLine }))
    expect(error).toBe(reason)
    expect(ms).toBeLessThan(4_000)
    expect(() => process.kill(Number(lines[0]), 0)).toThrow('ESRCH')
  })

  it('does not wait for what an aborted program has left behind', async () => {
    const controller = new AbortController()
    const onLine = (): void => controller.abort(new Error('enough'))
    // The sleep keeps stdout open after its parent is gone.
    const { ms } = await failure(sh('sleep 6 & echo started; wait', { signal: controller.signal, onLine }))
    expect(ms).toBeLessThan(4_000)
  })

  it('kills a program that does not want to end', { timeout: 20_000 }, async () => {
    const controller = new AbortController()
    const onLine = (): void => controller.abort(new Error('enough'))
    const { error, ms } = await failure(sh('trap "" TERM; echo ready; sleep 20', { signal: controller.signal, onLine }))
    expect(error).toMatchObject({ message: 'enough' })
    expect(ms).toBeGreaterThan(4_000)
    expect(ms).toBeLessThan(10_000)
  })

  it('does not start the program when it is aborted already', async () => {
    const reason = new Error('not today')
    const file = join(folder, 'made')
    await expect(execaRunner.run('touch', [file], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(existsSync(file)).toBe(false)
  })
})
