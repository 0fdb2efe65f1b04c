import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const SCRIPTS = fileURLToPath(new URL('../../scripts', import.meta.url))
const FIXTURES = fileURLToPath(new URL('../fixtures/host/launch', import.meta.url))
const OLDER_NODE = ['--import', join(FIXTURES, 'older-node.mjs')]
const LOCK_FILE = { lockfileVersion: 3, packages: { '': {}, 'node_modules/a': { version: '1.0.0' } } }

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'statelab launch-'))
  await mkdir(join(root, 'scripts'))
  for (const name of ['launch.mjs', 'launch', 'statelab'])
    await cp(join(SCRIPTS, name), join(root, 'scripts', name), { recursive: true })
  await cp(join(FIXTURES, 'entry.mjs'), join(root, 'scripts', 'cli.ts'))
  await writeFile(join(root, 'package.json'), JSON.stringify({ type: 'module', engines: { node: '>=22.22' } }))
  await writeLockFile(LOCK_FILE)
})

afterEach(() => rm(root, { recursive: true, force: true }))

describe('with everything in place', () => {
  beforeEach(async () => {
    await launch(['exit', '0'])
    await rm(join(root, 'npm.log'))
  })

  test('passes arguments on and hides itself', async () => {
    const { stdout, stderr } = await launch(['args', 'b c', '--flag'])
    expect(JSON.parse(stdout)).toEqual({ args: ['args', 'b c', '--flag'], entry: join(root, 'scripts', 'cli.ts'), mark: null })
    expect(stderr).toBe('')
  })

  test('ends with the exit code of the entry file', async () => {
    expect((await launch(['exit', '7'])).code).toBe(7)
  })

  test('passes stdin on', async () => {
    expect((await launch(['stdin'], { input: 'hello' })).stdout).toBe('hello')
  })

  test('does not run npm', async () => {
    await launch(['exit', '0'])
    expect(await npmCalls()).toEqual([])
  })

  test('runs npm again when package-lock.json changed', async () => {
    await writeLockFile({ ...LOCK_FILE, packages: { '': {}, 'node_modules/a': { version: '2.0.0' } } })
    await launch(['exit', '0'])
    expect(await npmCalls()).toHaveLength(1)
  })

  test('makes its own Node the one that programs find, and leaves PATH alone where it is already', async () => {
    expect((await launch(['node'], { path: '/usr/bin:/bin' })).stdout.trim()).toBe(join(dirname(process.execPath), 'node'))
    const links = join(root, 'links')
    await mkdir(links)
    await symlink(process.execPath, join(links, 'node'))
    expect((await launch(['node'], { path: `${links}:/usr/bin:/bin` })).stdout.trim()).toBe(join(links, 'node'))
  })

  test('scripts/statelab runs cli.ts through a symlink, from any folder', async () => {
    const link = join(root, 'a link')
    await symlink(join(root, 'scripts', 'statelab'), link)
    const { code, stdout } = await ended(start(link, ['args', 'x y'], { cwd: '/' }))
    expect(code).toBe(0)
    expect(JSON.parse(stdout).args).toEqual(['args', 'x y'])
  })
})

describe('installing the dependencies', () => {
  test('runs npm ci without install scripts, tells so on stderr, and keeps stdout for the command', async () => {
    const { code, stdout, stderr } = await launch(['args'])
    expect(code).toBe(0)
    expect(stderr).toContain('statelab: installing the dependencies (npm ci)')
    expect(stderr).toContain('npm says something')
    expect(JSON.parse(stdout).args).toEqual(['args'])
    expect(await npmCalls()).toEqual([expect.stringMatching(/^ci --ignore-scripts /)])
  })

  test('asks the npm registry that is named among the mirrors', async () => {
    await launch(['exit', '0'], { env: { STATELAB_MIRROR: 'm.example, npm=https://npm.example/registry' } })
    expect(await npmCalls()).toEqual([expect.stringContaining(' --registry=https://npm.example/registry ')])
  })

  test('takes over what somebody installed by hand', async () => {
    await writeInstalled({ 'node_modules/a': { version: '1.0.0' } })
    expect((await launch(['exit', '4'])).code).toBe(4)
    expect(await npmCalls()).toEqual([])
  })

  test.each([
    ['another version is there', { 'node_modules/a': { version: '1.0.1' } }],
    ['a package is not there', {}],
  ])('does not take over an installation in which %s', async (_, packages) => {
    await writeInstalled(packages)
    await launch(['exit', '0'])
    expect(await npmCalls()).toHaveLength(1)
  })

  test('ends with 3, what happened and what to type when npm fails; the next start tries again', async () => {
    const failed = await launch(['args'], { env: { FAKE_NPM_EXIT: '9' } })
    expect(failed.code).toBe(3)
    expect(failed.stdout).toBe('')
    expect(failed.stderr).toContain(`statelab: npm ci failed (exit code 9) in ${root}`)
    expect(failed.stderr).toMatch(/\n {2}fix: .*npm ci --ignore-scripts\n$/)
    expect((await launch(['exit', '0'])).code).toBe(0)
    expect(await npmCalls()).toHaveLength(2)
  })

  test('ends with 3 outside of a checkout', async () => {
    await rm(join(root, 'package-lock.json'))
    const { code, stderr } = await launch(['args'])
    expect(code).toBe(3)
    expect(stderr).toContain('is not a checkout of statelab')
  })

  test('installs once when several start at the same time', async () => {
    const ends = await Promise.all([1, 2, 3].map(() => launch(['exit', '5'], { env: { FAKE_NPM_DELAY_MS: '500' } })))
    expect(ends.map(({ code }) => code)).toEqual([5, 5, 5])
    expect(await npmCalls()).toHaveLength(1)
    expect(ends.filter(({ stderr }) => stderr.includes('waiting for another start'))).toHaveLength(2)
  })

  test('takes over the lock of a process that is gone', async () => {
    const gone = spawn('true')
    await once(gone, 'close')
    const lock = join(root, '.statelab-lock')
    await mkdir(lock)
    await writeFile(join(lock, 'owner.json'), JSON.stringify({ host: hostname(), pid: gone.pid }))
    expect((await launch(['exit', '6'])).code).toBe(6)
    expect(await readdir(root)).not.toContain('.statelab-lock')
  })

  test('Ctrl-C ends npm and the launcher, and leaves no lock', async () => {
    const launcher = start(process.execPath, command(['exit', '0']), { env: { FAKE_NPM_DELAY_MS: '60000' }, group: true })
    await until(async () => (await npmCalls()).length === 1)
    signalGroup(launcher, 'SIGINT')
    expect((await ended(launcher)).signal).toBe('SIGINT')
    expect(await readdir(root)).not.toContain('.statelab-lock')
    expect(await readFile(join(root, 'npm.log'), 'utf8')).not.toContain('done')
  })
})

describe('unpacked from an offline bundle', () => {
  beforeEach(async () => {
    const content = join(root, 'content')
    await mkdir(join(content, 'a'), { recursive: true })
    await writeFile(join(content, 'a', 'package.json'), '{"version":"1.0.0"}')
    await bundle('node_modules.tar.gz', content)
  })

  test('installs the dependencies from it, not with npm', async () => {
    const { code, stderr } = await launch(['exit', '0'])
    expect(code).toBe(0)
    expect(stderr).toContain('statelab: installing the dependencies from the bundle')
    expect(await readFile(join(root, 'node_modules', 'a', 'package.json'), 'utf8')).toContain('1.0.0')
    expect(await readdir(root)).not.toContain('node_modules.unfinished')
    expect(await launch(['exit', '0'])).toMatchObject({ code: 0, stderr: '' })
    expect(await npmCalls()).toEqual([])
  })

  // Packs and unpacks a real Node.js.
  test('takes Node from it where it is needed', { timeout: 60_000 }, async () => {
    const content = join(root, 'node-content')
    await mkdir(join(content, 'bin'), { recursive: true })
    await cp(process.execPath, join(content, 'bin', 'node'))
    const [archive = ''] = await pinnedArchives()
    await bundle(archive, content)
    const { code, stdout, stderr } = await launch(['args', 'x'], { nodeOptions: OLDER_NODE })
    expect(stderr).toMatch(/getting Node\.js \S+ from the bundle \(this one is 18\.20\.1\)/)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ args: ['args', 'x'] })
    expect(await npmCalls()).toEqual([])
  })

  test('ends with 3 and installs nothing when what is in it is damaged', async () => {
    const archive = join(root, 'bundle', 'node_modules.tar.gz')
    const content = await readFile(archive)
    await writeFile(archive, content.fill(0, 20, 21))
    const { code, stderr } = await launch(['exit', '0'])
    expect(code).toBe(3)
    expect(stderr).toContain('statelab: bundle/node_modules.tar.gz is damaged')
    expect(stderr).toContain('fix: unpack the bundle again')
    expect(await readdir(root)).not.toContain('node_modules')
  })

  test('asks npm when package-lock.json is another one by now', async () => {
    await writeLockFile({ ...LOCK_FILE, packages: { '': {} } })
    expect((await launch(['exit', '0'])).code).toBe(0)
    expect(await npmCalls()).toHaveLength(1)
  })

  /** Adds the archive of a folder to the bundle, as `bundle save` does. */
  async function bundle(name: string, content: string): Promise<void> {
    const archive = join(root, 'bundle', name)
    await mkdir(dirname(archive), { recursive: true })
    await ended(start('tar', ['-czf', archive, '-C', content, '.']))
    const paths = [
      'package-lock.json',
      ...(await readdir(join(root, 'bundle'))).filter((each) => each.endsWith('.gz')).map((each) => `bundle/${each}`),
    ]
    const sums = await Promise.all(
      paths.map(
        async (path) =>
          `${createHash('sha256')
            .update(await readFile(join(root, path)))
            .digest('hex')}  ${path}\n`,
      ),
    )
    await writeFile(join(root, 'bundle', 'SHA256SUMS'), `# ${'0'.repeat(64)}\n${sums.join('')}`)
  }

  /** The name of this machine's Node in a bundle. */
  async function pinnedArchives(): Promise<string[]> {
    const text = await readFile(join(SCRIPTS, 'launch', 'node.mjs'), 'utf8')
    const [, name, version] = new RegExp(`'${process.platform}-${process.arch}': \\[\\s+'([^']+)',\\s+'([^']+)'`).exec(text) ?? []
    return [`${name}-${version}.tar.gz`]
  }
})

describe('on a Node that the dependencies do not accept', () => {
  const launchOlder = (args: string[]) => launch(args, { nodeOptions: OLDER_NODE })

  test('gets one from npm by name, version and checksum, once', async () => {
    const first = await launchOlder(['args', 'x'])
    expect(first.stderr).toContain('this one is 18.20.1')
    expect(JSON.parse(first.stdout)).toMatchObject({ args: ['args', 'x'], mark: null })
    expect(await npmCalls()).toHaveLength(2)
    const second = await launchOlder(['args', 'x'])
    expect(second).toMatchObject({ code: 0, stderr: '' })
    expect(await npmCalls()).toHaveLength(2)
  })

  test('programs find that one', async () => {
    expect((await launchOlder(['node'])).stdout).toContain(join(root, 'node_modules', '.statelab-node'))
  })

  test('passes the exit code through', async () => {
    expect((await launchOlder(['exit', '9'])).code).toBe(9)
  })

  test('passes the end by a signal through', async () => {
    expect((await launchOlder(['kill', 'SIGKILL'])).signal).toBe('SIGKILL')
  })

  test.each([
    ['the whole group, as a terminal does', true],
    ['the launcher alone', false],
  ])('SIGINT to %s is seen once, and the launcher waits for the clean-up', async (_, group) => {
    const launcher = start(process.execPath, command(['signals'], OLDER_NODE), { group: true })
    const pid = await readyPid(launcher)
    if (group) signalGroup(launcher, 'SIGINT')
    else launcher.child.kill('SIGINT')
    const { code, stdout } = await ended(launcher)
    expect(stdout).toContain('SIGINT seen 1 times, cleaned up')
    expect(code).toBe(130)
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})

interface Started {
  readonly child: ChildProcess
  readonly output: { stdout: string; stderr: string }
}

interface StartOptions {
  readonly cwd?: string
  readonly env?: Record<string, string>
  readonly path?: string
  /** In a process group of its own, so that a signal to the group does not reach the tests. */
  readonly group?: boolean
}

function start(file: string, args: readonly string[], { cwd = root, env = {}, path, group = false }: StartOptions = {}): Started {
  const PATH = path ?? [dirname(process.execPath), process.env.PATH].join(delimiter)
  const fakes = { npm_execpath: join(FIXTURES, 'npm-cli.js'), FAKE_NPM_LOG: join(root, 'npm.log') }
  const child = spawn(file, args, { cwd, detached: group, env: { ...process.env, ...fakes, ...env, PATH } })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (data) => (output.stdout += data))
  child.stderr.on('data', (data) => (output.stderr += data))
  return { child, output }
}

function command(args: readonly string[], nodeOptions: readonly string[] = []): string[] {
  return [...nodeOptions, join(root, 'scripts', 'launch.mjs'), join(root, 'scripts', 'cli.ts'), ...args]
}

function launch(args: readonly string[], options: StartOptions & { input?: string; nodeOptions?: readonly string[] } = {}) {
  const started = start(process.execPath, command(args, options.nodeOptions), options)
  started.child.stdin?.end(options.input ?? '')
  return ended(started)
}

async function ended({ child, output }: Started) {
  const [code, signal] =
    child.exitCode === null && child.signalCode === null ? await once(child, 'close') : [child.exitCode, child.signalCode]
  return { code: code as number | null, signal: signal as NodeJS.Signals | null, ...output }
}

function signalGroup({ child }: Started, signal: NodeJS.Signals): void {
  process.kill(-(child.pid as number), signal)
}

async function readyPid({ output }: Started): Promise<number> {
  await until(() => Promise.resolve(output.stdout.includes('ready ')))
  return Number(/ready (\d+)/.exec(output.stdout)?.[1])
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 10_000, interval: 20 }).toBe(true)
}

async function npmCalls(): Promise<string[]> {
  const log = await readFile(join(root, 'npm.log'), 'utf8').catch(() => '')
  return log.split('\n').filter((line) => line.startsWith('ci '))
}

function writeLockFile(content: unknown): Promise<void> {
  return writeFile(join(root, 'package-lock.json'), JSON.stringify(content))
}

async function writeInstalled(packages: Record<string, unknown>): Promise<void> {
  await mkdir(join(root, 'node_modules'))
  await writeFile(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }))
}
