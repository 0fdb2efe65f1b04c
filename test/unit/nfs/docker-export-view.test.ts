import { describe, expect, it } from 'vitest'
import { environment } from '../../../scripts/environment.ts'
import { dockerExportView } from '../../../scripts/nfs/docker-export-view.ts'
import type { CommandResult, CommandRunner } from '../../../scripts/process/command-runner.ts'

const env = environment('course')
const signal = new AbortController().signal

/** Answers every command with the same result and keeps what it was asked. */
function recorder(result: Partial<CommandResult> = {}): { runner: CommandRunner; commands: string[][] } {
  const commands: string[][] = []
  const runner: CommandRunner = {
    async run(file, args) {
      commands.push([file, ...args])
      return { exitCode: 0, stdout: '', stderr: '', ...result }
    },
  }
  return { runner, commands }
}

describe('the view of the export', () => {
  it('gives the path to the container as one argument, however it is spelt', async () => {
    const { runner, commands } = recorder()
    await dockerExportView(runner, env).list("a b/$(id);'x'", signal)
    expect(commands[0]?.slice(0, 3)).toEqual(['docker', 'exec', 'course-nfs'])
    expect(commands[0]?.at(-1)).toBe("/export/a b/$(id);'x'")
  })

  it.each(['/etc', '..', '../etc/passwd', 'a/../../etc', 'a/..', 'a\0b'])('refuses %j and asks nobody', async (path) => {
    const { runner, commands } = recorder()
    const view = dockerExportView(runner, env)
    await expect(view.list(path, signal)).rejects.toMatchObject({ code: 'bad-input' })
    await expect(view.read(path, signal)).rejects.toMatchObject({ code: 'bad-input' })
    expect(() => view.command(path)).toThrow('not a path within the export')
    expect(commands).toEqual([])
  })

  it('refuses a path that a symbolic link leads out of the export', async () => {
    const { runner } = recorder({ exitCode: 45 })
    await expect(dockerExportView(runner, env).read('link/passwd', signal)).rejects.toMatchObject({ code: 'bad-input' })
  })

  it('has nothing to say of what is not there', async () => {
    const view = dockerExportView(recorder({ exitCode: 44 }).runner, env)
    expect(await view.list('none', signal)).toBeUndefined()
    expect(await view.read('none', signal)).toBeUndefined()
  })

  it('reads the listing, whatever is in a name', async () => {
    const lines = ['f\t644\t12\t1700000000.5\tb\nwith\ttab', 'd\t2777\t4096\t1700000001.0\ta', 'l\t777\t4\t1700000002.0\tc']
    const { runner } = recorder({ stdout: lines.map((line) => `${line}\0`).join('') })
    expect(await dockerExportView(runner, env).list('', signal)).toEqual([
      { name: 'a', kind: 'directory', mode: 0o2777, sizeBytes: 4096, modifiedAt: new Date(1_700_000_001_000) },
      { name: 'b\nwith\ttab', kind: 'file', mode: 0o644, sizeBytes: 12, modifiedAt: new Date(1_700_000_000_500) },
      { name: 'c', kind: 'other', mode: 0o777, sizeBytes: 4, modifiedAt: new Date(1_700_000_002_000) },
    ])
  })

  it('reads every byte of a file', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
    const { runner } = recorder({ stdout: bytes.toString('base64') })
    expect(await dockerExportView(runner, env).read('dump.rdb', signal)).toBe(bytes.toString('latin1'))
  })

  it('tells the command that shows the same', () => {
    const view = dockerExportView(recorder().runner, env)
    expect(view.command('default-data/my file')).toBe("docker exec course-nfs ls -la '/export/default-data/my file'")
    expect(view.command('')).toBe('docker exec course-nfs ls -la /export')
  })
})
