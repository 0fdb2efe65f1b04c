import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROJECT } from '../../scripts/commands/project.ts'
import { type CommandResult, pasteable } from '../../scripts/process/command-runner.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import { ENV, statelabOk } from './harness.ts'

const CLI = join(PROJECT.root, 'scripts', 'cli.ts')
const NAME = ['--name', ENV.name]
const LAB = 'redis-persistence'
const SOLUTION = join(PROJECT.root, 'labs', '40-redis-persistence', 'solution', 'redis-pv-sts.yaml')

/** A learner's own home: progress is written to it, and not to that of whoever runs the tests. */
let home: string

beforeAll(async () => {
  await statelabOk('up', ...NAME)
  home = await mkdtemp(join(tmpdir(), 'statelab-learner-'))
  await symlink(dirname(ENV.folder), join(home, 'environments'))
})

afterAll(async () => {
  await rm(home, { recursive: true, force: true })
})

/** Runs the command line as in a pipe. */
function piped(...args: string[]): Promise<CommandResult> {
  return execaRunner.run(process.execPath, [CLI, ...NAME, ...args], { allow: 'any', env: { CI: 'true', STATELAB_HOME: home } })
}

async function ok(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await piped(...args)
  expect(exitCode, `${args.join(' ')}: ${stderr}\n${stdout}`).toBe(0)
  return stdout
}

async function json(...args: string[]): Promise<Record<string, unknown>> {
  return JSON.parse((await piped(...args, '-o', 'json')).stdout) as Record<string, unknown>
}

async function states(): Promise<Record<string, string>> {
  const { labs } = (await json('list')) as { labs: { id: string; state: string }[] }
  return Object.fromEntries(labs.map(({ id, state }) => [id, state]))
}

async function taskStates(): Promise<string[]> {
  const { labs } = (await json('check', LAB)) as { labs: { tasks: { id: string; status: string }[] }[] }
  return labs[0]?.tasks.map(({ id, status }) => `${id} ${status}`) ?? []
}

/** A person in front of a terminal: `script` makes a real one. */
class Terminal implements AsyncDisposable {
  readonly #child: ChildProcess
  #output = ''
  readonly ended: Promise<number | null>

  constructor(command: string, env: Readonly<Record<string, string>> = {}) {
    const sized = `stty rows 40 cols 100; ${command}`
    this.#child = spawn('script', ['--quiet', '--return', '--command', sized, '/dev/null'], {
      env: { ...process.env, CI: '', TERM: 'xterm-256color', NO_COLOR: '1', STATELAB_HOME: home, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
    })
    this.ended = new Promise((resolve) => this.#child.on('close', resolve))
  }

  /** Everything that was written, without colours and movements. */
  get text(): string {
    return stripVTControlCharacters(this.#output).replaceAll('\r', '')
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  shows(text: string | RegExp): Promise<void> {
    return expect.poll(() => this.text, { timeout: 90_000, interval: 100 }).toMatch(text)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGHUP')
    const hanging = setTimeout(() => this.#child.kill('SIGKILL'), 20_000)
    await this.ended
    clearTimeout(hanging)
  }
}

function terminal(...args: string[]): Terminal {
  return new Terminal(pasteable(process.execPath, [CLI, ...NAME, ...args]))
}

describe('a learner', () => {
  test('starts a lab, reads its brief, and starts it again without harm', async () => {
    await ok('reset', LAB)
    expect(await ok('start', LAB)).toContain('# Redis data survives its Pod')
    expect(await ok('start', LAB, '--lang', 'zh')).toContain('# 让 Redis 的数据比 Pod 活得更久')
    expect(await states()).toMatchObject({ [LAB]: 'started' })
    await using screen = terminal('start', LAB)
    expect(await screen.ended).toBe(0)
    expect(screen.text).toContain('Redis data survives its Pod\n═══════')
    for (const line of screen.text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120)
  })

  test('gets the hint that fits what is there, and another one on request', async () => {
    expect(await ok('hint', LAB)).toContain('There is no StatefulSet redis-pv-sts yet.')
    const misspelt = (await readFile(SOLUTION, 'utf8')).replace('nfs-client', 'nfs-clinet')
    const manifest = join(home, 'misspelt.yaml')
    await writeFile(manifest, misspelt)
    await ok('kubectl', '--lab', LAB, 'apply', '-f', manifest)
    await expect.poll(() => ok('hint', LAB), { timeout: 60_000 }).toContain('its StorageClass does not exist')
    expect(await ok('hint', LAB, '--more')).toContain('`kubectl get pods` shows which Pod is not ready')
    expect(await ok('hint', LAB, '--lang', 'zh')).toContain('因为它写的 StorageClass 不存在')
  })

  test('is asked before work is lost, and keeps it by default', async () => {
    await using kept = terminal('reset', LAB)
    await kept.shows('Reset it?')
    expect(kept.text).toContain('StatefulSet redis-pv-sts')
    expect(kept.text).toContain('redis-100m-pvc-redis-pv-sts-0')
    kept.type('\r')
    expect(await kept.ended).toBe(1)

    await using interrupted = terminal('reset', LAB)
    await interrupted.shows('Reset it?')
    interrupted.type('\u0003')
    expect(await interrupted.ended).toBe(130)
    expect(await ok('kubectl', '--lab', LAB, 'get', 'statefulset', '-o', 'name')).toContain('redis-pv-sts')

    await using agreed = terminal('reset', LAB)
    await agreed.shows('Reset it?')
    agreed.type('y')
    expect(await agreed.ended).toBe(0)
    expect(await ok('kubectl', '--lab', LAB, 'get', 'statefulset', '-o', 'name')).toBe('')
  })

  test('watches the tasks turn green while working, and has passed by hand', async () => {
    await using watching = terminal('check', LAB, '--watch')
    await watching.shows('0 of 4 tasks green')
    watching.type('h')
    await watching.shows('Hint for task ready (1 of 2):')
    await ok('kubectl', '--lab', LAB, 'apply', '-f', SOLUTION)
    await watching.shows('2 of 4 tasks green')
    await ok('kubectl', '--lab', LAB, 'exec', 'redis-pv-sts-0', '--', 'redis-cli', 'set', 'message', 'hello world')
    await watching.shows('3 of 4 tasks green')
    await ok('kubectl', '--lab', LAB, 'delete', 'pod', 'redis-pv-sts-0')
    await watching.shows('All 4 tasks of redis-persistence are green')
    expect(await watching.ended).toBe(0)
    expect(watching.text).toContain('statelab start ')
    const { labs } = (await json('report')) as { labs: Record<string, object> }
    expect(labs[LAB]).toMatchObject({ by: 'hand', tasks: { ready: { by: 'hand' }, survives: { by: 'hand' } } })
  })

  test('keeps what was passed when the lab is reset, and may end watching with a key', async () => {
    await ok('reset', LAB)
    expect(await states()).toMatchObject({ [LAB]: 'passed' })
    await using watching = terminal('check', LAB, '--watch')
    await watching.shows('0 of 4 tasks green')
    watching.type('q')
    expect(await watching.ended).toBe(1)
    await using interrupted = terminal('check', LAB, '--watch')
    await interrupted.shows('0 of 4 tasks green')
    interrupted.type('\u0003')
    expect(await interrupted.ended).toBe(130)
  })

  test('catches up to a task, and finishes step by step', async () => {
    const unknown = await piped('solve', LAB, '--to', 'nowhere')
    expect(unknown.exitCode).toBe(2)
    expect(unknown.stderr).toContain('its tasks: ready, claims, message, survives')
    expect(await ok('solve', LAB, '--to', 'claims')).toContain('kubectl -n lab-redis-persistence apply -f')
    expect(await taskStates()).toEqual(['ready passed', 'claims passed', 'message failed', 'survives failed'])

    await using stepping = terminal('solve', LAB, '--step')
    for (const command of ['apply -f', 'exec redis-pv-sts-0', 'delete pod redis-pv-sts-0']) {
      await stepping.shows(new RegExp(`${command}[^\\n]*\\nEnter: do it`))
      stepping.type('\r')
    }
    expect(await stepping.ended).toBe(0)
    expect(await taskStates()).toEqual(['ready passed', 'claims passed', 'message passed', 'survives passed'])
  })

  test('is not told that what solve did was done by hand', async () => {
    const fresh = join(home, 'another-home')
    await mkdir(fresh)
    await symlink(dirname(ENV.folder), join(fresh, 'environments'))
    const env = { CI: 'true', STATELAB_HOME: fresh }
    const { stderr } = await execaRunner.run(process.execPath, [CLI, ...NAME, 'check', LAB], { env })
    expect(stderr).toContain('solve has helped with them')
    const { labs } = JSON.parse(await readFile(join(fresh, 'progress.json'), 'utf8'))
    expect(labs[LAB]).toMatchObject({ by: 'solve', tasks: { claims: { by: 'solve' } } })
  })

  test('works in a shell of the lab, which reads the own start-up file and leaves nothing behind', async () => {
    await writeFile(join(home, '.bashrc'), "export KUBECONFIG=/elsewhere\nmine() { echo 'my own'; }\nPS1='theirs> '\n")
    const shells = async (): Promise<string[]> => (await readdir(ENV.folder)).filter((name) => name.startsWith('shell-'))
    const before = await shells()
    await using shell = new Terminal(pasteable(process.execPath, [CLI, ...NAME, 'shell', LAB]), {
      SHELL: '/bin/bash',
      HOME: home,
    })
    await shell.shows('(redis-persistence) theirs> ')
    shell.type('mine; kubectl get statefulset -o name; statelab hint redis-persistence; exit 7\r')
    await shell.shows('\nmy own\n')
    await shell.shows('\nstatefulset.apps/redis-pv-sts\n')
    await shell.shows('There is no hint to give')
    expect(await shell.ended).toBe(7)
    expect(await shells()).toEqual(before)
  })
})
