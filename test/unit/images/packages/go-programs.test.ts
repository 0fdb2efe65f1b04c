import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildGoPrograms, GO_PROGRAMS, readGoPrograms } from '../../../../scripts/images/packages/go-programs.ts'
import { FakeRunner, failing } from '../../../helpers/fake-runner.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statelab-go-'))
  for (const name of ['go.mod', 'go.sum']) await writeFile(join(folder, name), name)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A compiler that writes each program's name into its file. */
const compiler = () =>
  new FakeRunner(async (command, { onLine }) => {
    if (command.includes('-json')) return JSON.stringify({ Replace: [] })
    const target = / -o (\S+)\/ /.exec(command)?.[1]
    if (target === undefined) return ''
    for (const path of Object.values(GO_PROGRAMS)) {
      onLine?.(path)
      await writeFile(join(target, basename(path)), basename(path))
    }
    return ''
  })

const build = (runner: FakeRunner, kubernetes = 'v1.36.3', progress: (line: string) => void = () => {}) =>
  buildGoPrograms(runner, {
    module: folder,
    folder: join(folder, 'out', 'key'),
    kubernetes,
    pinned: 'v1.36.3',
    signal: new AbortController().signal,
    progress,
  })

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('buildGoPrograms', () => {
  it('builds all in one call, in the module, telling each package', async () => {
    const runner = compiler()
    const lines: string[] = []
    await build(runner, 'v1.36.3', (line) => lines.push(line))
    expect(runner.commands.filter((command) => command.startsWith('go build'))).toHaveLength(1)
    const { args = [], options = {} } = runner.calls[0] ?? {}
    expect(args.slice(-Object.keys(GO_PROGRAMS).length)).toEqual(Object.values(GO_PROGRAMS))
    expect(args.join(' ')).not.toContain('-modfile')
    expect(options).toMatchObject({ cwd: folder, env: { CGO_ENABLED: '0' } })
    expect(lines).toEqual(Object.values(GO_PROGRAMS))
  })

  it('tells Kubernetes its version', async () => {
    const runner = compiler()
    await build(runner, 'v1.36.1')
    const { args = [] } = runner.calls.find(({ args: [verb] }) => verb === 'build') ?? {}
    const flags = args[args.indexOf('-ldflags') + 1]
    for (const setting of ['gitVersion=v1.36.1', 'gitMajor=1', 'gitMinor=36'])
      expect(flags).toContain(`-X k8s.io/component-base/version.${setting}`)
  })

  it('builds another release from a module derived for it, which may add checksums', async () => {
    const runner = compiler()
    await build(runner, 'v1.36.1')
    const file = join(folder, 'out', 'key.mod')
    expect(runner.commands[1]).toContain(`-require=k8s.io/kubernetes@v1.36.1 ${file}`)
    expect(runner.commands[2]).toContain(`go build -v -modfile=${file} -mod=mod `)
  })

  it('leaves the checksum of every program, by its own name', async () => {
    await build(compiler())
    const programs = await readGoPrograms(join(folder, 'out', 'key'))
    expect(Object.keys(programs ?? {}).sort()).toEqual(Object.keys(GO_PROGRAMS).sort())
    expect(programs?.['node-network']).toBe(sha256('network'))
    expect(programs?.kind).toBe(sha256('kind'))
  })

  it('shows nothing under its name when it fails, and succeeds afterwards', async () => {
    await expect(build(new FakeRunner(() => failing('no space left on device')))).rejects.toMatchObject({
      code: 'command-failed',
    })
    expect(await readGoPrograms(join(folder, 'out', 'key'))).toBeUndefined()
    await build(compiler())
    expect(await readdir(join(folder, 'out'))).toEqual(['key'])
  })
})
