import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Lab, Task } from '../../../scripts/catalog/lab.ts'
import type { Engine } from '../../../scripts/commands/engine.ts'
import type { Io } from '../../../scripts/commands/io.ts'
import type { Keyboard } from '../../../scripts/commands/keyboard.ts'
import { main } from '../../../scripts/commands/main.ts'
import type { BundleJson } from '../../../scripts/images/bundle/bundle-json.ts'
import type { Progress } from '../../../scripts/progress/progress.ts'
import { StatelabError } from '../../../scripts/errors.ts'
import { CommandFailedError, type RunOptions } from '../../../scripts/process/command-runner.ts'
import type { EnvironmentReport } from '../../../scripts/commands/engine.ts'
import { SAMPLE } from '../report/sample-report.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'statelab-verbs-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const STATUS: EnvironmentReport = {
  name: 'statelab',
  cluster: { state: 'running', nodes: 2, kubernetes: 'v1.36.3', kubeconfig: '/k' },
  nfs: { state: 'running', server: '10.213.0.10', export: '/export' },
  provisioner: { state: 'running', version: 'v4.0.2' },
  metricsServer: { state: 'running', version: 'v0.9.0' },
  labs: [{ id: 'redis-persistence', state: 'started' }],
}

const [PASSED, FAILED] = SAMPLE.labs

const TASK: Omit<Task, 'id'> = { title: { en: 'They are linked', zh: '已连接' }, checks: [], hints: [] }

function lab(id: string): Lab {
  const title = { en: `The lab ${id}`, zh: `实验 ${id}` }
  const tasks = [
    {
      ...TASK,
      id: 'ready',
      title: { en: 'Redis runs', zh: 'Redis 在运行' },
      learned: { en: 'A StatefulSet names its Pods.', zh: 'StatefulSet 给 Pod 命名。' },
    },
    { ...TASK, id: 'link' },
  ]
  return { id, track: 'redis', minutes: 15, kubernetes: '>=1.27', title, tasks, solution: [], wrong: [], folder }
}

/** An engine that only says what was asked of it. */
const BUNDLE: BundleJson = {
  schema: 1,
  statelab: '0.1.0',
  kubernetes: 'v1.36.3',
  platform: 'linux-x64',
  source: 'packages',
  labs: ['redis-persistence'],
  provision: { nodeImage: 'node', nfsServerImage: 'nfs', provisionerImage: 'provisioner' },
  references: [],
  files: {},
}

function fakeEngine(overrides: Partial<Engine> = {}) {
  const calls: string[] = []
  const note = <T>(call: string, result: T): Promise<T> => {
    calls.push(call)
    return Promise.resolve(result)
  }
  const engine: Engine = {
    loadLabs: () => Promise.resolve([lab('redis-persistence'), lab('redis-replication')]),
    doctor: ({ fix }) => note(`doctor fix=${fix}`, []),
    checkImages: () => Promise.resolve(),
    ensureDocker: ({ mayInstall }) => note(`docker install=${mayInstall}`, undefined),
    up: ({ name }, { source }) => note(`up ${name} ${source ?? 'any'}`, STATUS),
    down: ({ name }) => note(`down ${name}`, undefined),
    status: () => Promise.resolve(STATUS),
    exists: () => Promise.resolve(true),
    isUsable: () => Promise.resolve(true),
    pause: () => note('pause', 3),
    prune: () => note('prune', []),
    diagnostics: () => Promise.resolve({ containers: ['one'], nfs: [], provisioner: ['two'], events: [] }),
    images: () => Promise.resolve([]),
    writeSboms: () => Promise.resolve([]),
    collectGarbage: ({ dryRun }) => Promise.resolve({ images: [], files: [], freedBytes: 0, dryRun }),
    saveBundle: ({ file }) => Promise.resolve({ file, bytes: 352_608_768, files: 849, bundle: BUNDLE }),
    loadBundle: () => Promise.resolve(BUNDLE),
    verifyBundle: () => Promise.resolve({ bytes: 352_608_768, files: 849, problems: [], bundle: BUNDLE }),
    labStates: () => Promise.resolve(new Map([['redis-replication', 'passed' as const]])),
    startLab: (_, { id }) => note(`start ${id}`, undefined),
    checkLab: (_, { id }) => note(`check ${id}`, PASSED!),
    async *watchLab() {
      yield FAILED!
      yield PASSED!
    },
    solveLab: (_, { id }) => note(`solve ${id}`, [{ task: 'ready', command: 'kubectl apply -f x.yaml', why: 'because' }]),
    solvedTasks: () => Promise.resolve([]),
    hintsFor: () =>
      Promise.resolve({
        task: 'ready',
        hints: [{ text: { en: 'look there', zh: '看那里' } }, { text: { en: 'closer', zh: '近一点' } }],
      }),
    learnerWork: () => Promise.resolve({ green: [], objects: [], claims: [] }),
    resetLab: (_, { id }) => note(`reset ${id}`, undefined),
    proveLab: (_, { id }) => note(`prove ${id}`, id === 'redis-persistence' ? PASSED! : FAILED!),
    runLabs: (_, labs, _work, { parallel = 1, failFast = false } = {}) =>
      note(
        `run ${labs.map(({ id }) => id).join(' ')}${parallel === 1 ? '' : ` parallel=${parallel}`}${failFast ? ' fail-fast' : ''}`,
        labs.map(({ id }) => (id === 'redis-persistence' ? PASSED! : FAILED!)),
      ),
    ...overrides,
  }
  return { engine, calls }
}

/** A person who presses keys as soon as somebody listens. */
function pressing(keys: readonly string[]): Keyboard {
  return {
    listen: (onKey) => {
      setImmediate(() => keys.forEach(onKey))
      return { [Symbol.dispose]: () => {} }
    },
  }
}

function progress(): Progress {
  return JSON.parse(readFileSync(join(folder, 'home', 'progress.json'), 'utf8')) as Progress
}

/** A progress file from another time. */
function passedBefore(id: string, by: 'hand' | 'solve'): void {
  const at = '2026-11-01T08:00:00.000Z'
  const passed = { tasks: { ready: { passedAt: at, by } }, passedAt: at, by, attempts: 1, checks: 1, hints: 0, solves: 0 }
  mkdirSync(join(folder, 'home'), { recursive: true })
  writeFileSync(join(folder, 'home', 'progress.json'), JSON.stringify({ schema: 1, labs: { [id]: passed } }))
}

interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly programs: readonly (readonly [file: string, args: readonly string[], options: RunOptions | undefined])[]
}

async function run(
  argv: readonly string[],
  engine: Engine,
  options: {
    kubectlMissing?: boolean
    env?: Record<string, string>
    signal?: AbortSignal
    columns?: number
    keys?: string[]
    onRun?: (file: string, options: RunOptions) => void
  } = {},
): Promise<Ran> {
  let stdout = ''
  let stderr = ''
  const programs: [string, readonly string[], RunOptions | undefined][] = []
  const io: Io = {
    stdout: {
      write: (text) => {
        stdout += text
      },
      isTerminal: false,
      columns: options.columns,
    },
    stderr: {
      write: (text) => {
        stderr += text
      },
      isTerminal: options.keys !== undefined,
      columns: undefined,
    },
    terminal: undefined,
    stdinIsTerminal: false,
    keyboard: options.keys && pressing(options.keys),
    self: ['node', 'cli.js'],
    env: { STATELAB_HOME: join(folder, 'home'), NO_COLOR: '1', ...options.env },
    cwd: folder,
    platform: 'linux',
    signal: options.signal ?? new AbortController().signal,
    runner: {
      run: (file, args, runOptions) => {
        programs.push([file, args, runOptions])
        options.onRun?.(file, runOptions ?? {})
        if (file === 'kubectl' && options.kubectlMissing) {
          return Promise.reject(new CommandFailedError({ command: file, exitCode: undefined, stderr: '', notFound: true }))
        }
        return Promise.resolve({ exitCode: 7, stdout: 'out', stderr: 'err' })
      },
    },
  }
  const exitCode = await main(argv, { io, engine, version: '1.2.3' })
  return { exitCode, stdout, stderr, programs }
}

describe('commands that need an environment', () => {
  it('use the one that is there without asking for Docker to be installed', async () => {
    const { engine, calls } = fakeEngine()
    expect((await run(['check', 'redis-persistence'], engine)).exitCode).toBe(0)
    expect(calls).toEqual(['check redis-persistence'])
  })

  it('make one when there is none, saying so', async () => {
    const { engine, calls } = fakeEngine({ isUsable: () => Promise.resolve(false) })
    const { stderr } = await run(['check', 'redis-persistence', '--source', 'packages', '--no-install'], engine)
    expect(calls).toEqual(['docker install=false', 'up statelab packages', 'check redis-persistence'])
    expect(stderr).toContain('environment statelab is not there or does not work')
  })

  it('find out whether there can be images before they change anything on this machine', async () => {
    const refusal = new StatelabError('prerequisite-missing', 'image source registry cannot be used')
    for (const verb of [['up'], ['demo'], ['check', 'redis-persistence']]) {
      const { engine, calls } = fakeEngine({ isUsable: () => Promise.resolve(false), checkImages: () => Promise.reject(refusal) })
      expect((await run([...verb, '--source', 'registry'], engine)).exitCode).toBe(3)
      expect(calls).toEqual([])
    }
  })

  it('hand on the Kubernetes version that was asked for', async () => {
    const asked: unknown[] = []
    const { engine } = fakeEngine({
      isUsable: async (_, __, kubernetes) => {
        asked.push(kubernetes)
        return false
      },
      checkImages: async ({ kubernetes }) => void asked.push(kubernetes),
      up: async (_, { kubernetes }) => {
        asked.push(kubernetes)
        return STATUS
      },
    })
    await run(['check', 'redis-persistence', '--kubernetes', 'v1.36.1'], engine)
    expect(asked).toEqual(['v1.36.1', 'v1.36.1', 'v1.36.1'])
  })

  it('refuse with --no-up, with the command that makes one', async () => {
    const { engine, calls } = fakeEngine({ isUsable: () => Promise.resolve(false) })
    const { exitCode, stderr } = await run(['hint', 'redis-persistence', '--no-up', '--name', 'x'], engine)
    expect({ exitCode, calls }).toEqual({ exitCode: 3, calls: [] })
    expect(stderr).toBe('error: there is no working environment x\n  fix: statelab up --name x\n')
  })
})

describe('run', () => {
  it('runs labs in the order given, each once, and fails when one fails', async () => {
    const { engine, calls } = fakeEngine()
    const { exitCode, stdout, stderr } = await run(['run', 'redis-replication', 'redis-persistence', 'redis-replication'], engine)
    expect(calls).toEqual(['run redis-replication redis-persistence'])
    expect(exitCode).toBe(1)
    expect(stdout).toContain('1 passed, 1 failed in environment statelab')
    expect(stdout).toContain('The lab redis-replication')
    expect(stderr).toBe('')
  })

  it.each(['1', '4', '64'])('hands on how many labs may run at once: %s', async (parallel) => {
    const { engine, calls } = fakeEngine()
    await run(['run', '--all', '--parallel', parallel], engine)
    expect(calls).toEqual([`run redis-persistence redis-replication${parallel === '1' ? '' : ` parallel=${parallel}`}`])
  })

  it.each(['0', '-1', 'x', '65', '1.5', '', '1e1'])('refuses to run %j labs at once', async (parallel) => {
    const { engine, calls } = fakeEngine()
    const { exitCode, stderr } = await run(['run', '--all', `--parallel=${parallel}`], engine)
    expect({ exitCode, calls }).toEqual({ exitCode: 2, calls: [] })
    expect(stderr).toBe(`error: --parallel cannot be ${JSON.stringify(parallel)}: use a number from 1 to 64\n`)
  })

  it('hands on that it is to stop at the first failure', async () => {
    const { engine, calls } = fakeEngine()
    await run(['run', '--all', '--fail-fast'], engine)
    expect(calls).toEqual(['run redis-persistence redis-replication fail-fast'])
  })

  describe('labs with variants', () => {
    const running = async (...argv: string[]) => {
      const asked: unknown[] = []
      const { engine } = fakeEngine({
        loadLabs: () =>
          Promise.resolve([
            lab('plain'),
            { ...lab('pending'), variants: ['scaled', 'misspelt'] },
            { ...lab('dns'), variants: ['zone'] },
          ]),
        runLabs: (_, __, ___, options) => {
          asked.push(options?.variants)
          return Promise.resolve([PASSED!])
        },
      })
      return { ...(await run(['run', ...argv], engine)), asked }
    }

    it.each([
      { argv: ['--all'], variants: {} },
      { argv: ['pending', '--variant', 'misspelt'], variants: { pending: 'misspelt' } },
      { argv: ['--all', '--seed', '5'], variants: { pending: 'misspelt', dns: 'zone' } },
    ])('runs those that $argv asks for', async ({ argv, variants }) => {
      expect((await running(...argv)).asked).toEqual([variants])
    })

    it.each([
      [['pending', '--variant', 'other'], 'lab pending has no variant "other": its variants: scaled, misspelt'],
      [['pending', 'plain', '--variant', 'scaled'], 'lab plain has no variant "scaled": it has no variants'],
      [['--all', '--seed', 'x'], '--seed'],
    ])('runs nothing with %j', async (argv, says) => {
      const { exitCode, stderr, asked } = await running(...argv)
      expect({ exitCode, asked }).toEqual({ exitCode: 2, asked: [] })
      expect(stderr).toContain(says)
    })
  })

  it('runs the labs of a track, and guesses which one was meant', async () => {
    const { engine, calls } = fakeEngine()
    await run(['run', '--track', 'redis'], engine)
    expect(calls).toEqual(['run redis-persistence redis-replication'])
    const { exitCode, stderr } = await run(['run', '--track', 'reddis'], engine)
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: 'error: there is no track "reddis": did you mean redis?\n' })
  })

  it.each([[['redis-persistence', '--all']], [['redis-persistence', '--track', 'redis']], [['--all', '--track', 'redis']], [[]]])(
    'refuses %j: which labs are meant must be said in one way',
    async (args) => {
      const { engine, calls } = fakeEngine()
      expect((await run(['run', ...args], engine)).exitCode).toBe(2)
      expect(calls).toEqual([])
    },
  )

  it('gives the documented JSON', async () => {
    const { engine } = fakeEngine()
    const { stdout } = await run(['run', '--all', '-o', 'json'], engine)
    expect(JSON.parse(stdout)).toEqual({
      schema: 1,
      environment: 'statelab',
      startedAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
      durationMs: expect.any(Number),
      labs: JSON.parse(JSON.stringify([PASSED, FAILED])),
      passed: 1,
      failed: 1,
      skipped: 0,
    })
  })

  it('writes the reports asked for as well', async () => {
    const { engine } = fakeEngine()
    await run(
      ['run', '--all', '--report', 'junit=r.xml', '--report', 'tap=r.tap', '--report', 'json=r.json', '--report', 'html=r.html'],
      engine,
    )
    expect(readFileSync(join(folder, 'r.xml'), 'utf8')).toContain('<testsuites')
    expect(readFileSync(join(folder, 'r.tap'), 'utf8')).toContain('TAP version 14')
    expect(JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8'))).toMatchObject({
      schema: 1,
      kubernetes: 'v1.36.3',
      passed: 1,
    })
    const page = readFileSync(join(folder, 'r.html'), 'utf8')
    expect(page).toContain('1 of 2 labs passed')
    expect(page).toContain('The lab redis-persistence')
    expect(page).toContain('v1.36.3')
  })
})

describe('prove', () => {
  it('proves the labs that are named, and fails when one is not proven', async () => {
    const { engine, calls } = fakeEngine()
    expect((await run(['prove', 'redis-persistence'], engine)).exitCode).toBe(0)
    expect((await run(['prove', 'redis-persistence', 'redis-replication'], engine)).exitCode).toBe(1)
    expect(calls).toEqual(['prove redis-persistence', 'prove redis-persistence', 'prove redis-replication'])
  })

  it('proves a track, or all labs, side by side', async () => {
    const { engine, calls } = fakeEngine()
    await run(['prove', '--track', 'redis', '--parallel', '2'], engine)
    expect(calls).toEqual(['prove redis-persistence', 'prove redis-replication'])
    expect((await run(['prove'], engine)).exitCode).toBe(2)
    expect((await run(['prove', '--all', '--parallel', '0'], engine)).exitCode).toBe(2)
  })

  it('says what is proven in words', async () => {
    const statement = { id: 'start', status: 'passed' as const, checks: [] }
    const { engine } = fakeEngine({ proveLab: () => Promise.resolve({ ...PASSED!, tasks: [statement] }) })
    const { stdout } = await run(['prove', 'redis-persistence', '--report', 'html=p.html'], engine)
    expect(stdout).toContain('✔ start: No task is green after the start\n')
    expect(readFileSync(join(folder, 'p.html'), 'utf8')).toContain('No task is green after the start')
  })
})

describe('new', () => {
  it('makes a lab in the folder that is named, and says what to type next', async () => {
    const { exitCode, stdout } = await run(['new', 'lab', 'mine', '--dir', 'own', '--track', 'redis'], fakeEngine().engine)
    expect(exitCode).toBe(0)
    expect(readFileSync(join(folder, 'own', '10-mine', 'lab.ts'), 'utf8')).toContain("track: 'redis'")
    expect(stdout).toMatch(/statelab prove mine --labs own +red, green, red again/)
  })

  it('takes the folder of --labs, else labs', async () => {
    await run(['new', 'lab', 'mine'], fakeEngine().engine)
    expect(existsSync(join(folder, 'labs', '10-mine', 'lab.ts'))).toBe(true)
    await run(['new', 'lab', 'other', '--labs', 'labs'], fakeEngine().engine)
    expect(existsSync(join(folder, 'labs', '11-other', 'lab.ts'))).toBe(true)
  })

  it.each([
    [['lob', 'mine'], 'there is nothing called "lob" to begin anew: write it like: statelab new lab my-lab'],
    [['lab', 'Mine'], '"Mine" is no id for a lab: use lower-case letters, digits and hyphens, at most 40'],
    [['lab', '../mine'], '"../mine" is no id for a lab: use lower-case letters, digits and hyphens, at most 40'],
    [['lab', 'x'.repeat(41)], `"${'x'.repeat(41)}" is no id for a lab: use lower-case letters, digits and hyphens, at most 40`],
    [['lab', 'mine', '--track', 'a b'], '"a b" is no name for a track: use lower-case letters, digits and hyphens, at most 40'],
  ])('refuses %j and writes nothing', async (args, message) => {
    const { exitCode, stderr } = await run(['new', ...args], fakeEngine().engine)
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: `error: ${message}\n` })
    expect(existsSync(join(folder, 'labs'))).toBe(false)
  })

  it('refuses to overwrite', async () => {
    await run(['new', 'lab', 'mine'], fakeEngine().engine)
    const { exitCode, stderr } = await run(['new', 'lab', 'mine'], fakeEngine().engine)
    expect(exitCode).toBe(2)
    expect(stderr).toContain('there is a lab "mine" already')
    expect((await run(['new', 'lab', 'redis-persistence'], fakeEngine().engine)).exitCode).toBe(2)
  })
})

describe('demo', () => {
  it('runs the two Redis labs and says what to do next only when they passed', async () => {
    const { engine, calls } = fakeEngine()
    const red = await run(['demo'], engine)
    expect(calls).toEqual(['run redis-persistence redis-replication'])
    expect(red.exitCode).toBe(1)
    expect(red.stderr).not.toContain('What to do next')
    const green = await run(['demo'], fakeEngine({ runLabs: () => Promise.resolve([PASSED!, PASSED!]) }).engine)
    expect(green.exitCode).toBe(0)
    expect(green.stderr).toContain('What to do next')
    expect(green.stdout).not.toContain('What to do next')
  })
})

describe('up, down, pause and resume', () => {
  it('up answers with the status as JSON', async () => {
    const { engine, calls } = fakeEngine()
    const { stdout } = await run(['up', '-o', 'json'], engine)
    expect(calls).toEqual(['docker install=true', 'up statelab any'])
    expect(JSON.parse(stdout)).toEqual({ schema: 1, ...STATUS })
  })

  it('down says that nothing is left', async () => {
    const { engine, calls } = fakeEngine()
    expect((await run(['down', '--name', 'x'], engine)).stdout).toBe('Nothing is left of environment x.\n')
    expect(calls).toEqual(['down x'])
  })

  it('pause fails when nothing runs', async () => {
    expect((await run(['pause'], fakeEngine().engine)).exitCode).toBe(0)
    const { exitCode, stderr } = await run(['pause'], fakeEngine({ pause: () => Promise.resolve(0) }).engine)
    expect(exitCode).toBe(1)
    expect(stderr).toContain('nothing of environment statelab is running')
  })

  it('resume starts what is there and makes nothing new', async () => {
    const there = fakeEngine()
    await run(['resume'], there.engine)
    expect(there.calls).toContain('up statelab any')
    const gone = fakeEngine({ exists: () => Promise.resolve(false) })
    expect((await run(['resume'], gone.engine)).exitCode).toBe(1)
    expect(gone.calls).not.toContain('up statelab any')
  })
})

describe('status and list', () => {
  it('status is the documented JSON', async () => {
    expect(JSON.parse((await run(['status', '-o', 'json'], fakeEngine().engine)).stdout)).toEqual({ schema: 1, ...STATUS })
  })

  it('status reads well', async () => {
    const { stdout } = await run(['status'], fakeEngine().engine)
    expect(stdout).toMatch(/^Environment statelab\n/)
    expect(stdout).toMatch(/NFS server +running +10\.213\.0\.10:\/export/)
    expect(stdout).toMatch(/redis-persistence +▸ started/)
  })

  it('list shows how far each lab is, in the language asked for', async () => {
    expect((await run(['list'], fakeEngine().engine)).stdout).toBe(`\
redis  1 of 2 passed
  · redis-persistence  15 min  The lab redis-persistence
  ✔ redis-replication  15 min  The lab redis-replication  passed

1 of 2 labs passed; about 15 min of work left
`)
    expect((await run(['list', '--lang', 'zh'], fakeEngine().engine)).stdout).toContain('15 分钟  实验 redis-persistence\n')
  })

  it('list puts the title below where the terminal is narrow', async () => {
    const { stdout } = await run(['list'], fakeEngine().engine, { columns: 40 })
    expect(stdout).toContain('  · redis-persistence  15 min\n    The lab redis-persistence\n')
  })

  it('list has the state of the environment, and what was passed before there was this one', async () => {
    const { engine } = fakeEngine({ labStates: () => Promise.resolve(new Map([['redis-replication', 'started' as const]])) })
    const states = async () =>
      JSON.parse((await run(['list', '-o', 'json'], engine)).stdout).labs.map(({ state }: Lab & { state: string }) => state)
    expect(await states()).toEqual(['untouched', 'started'])
    passedBefore('redis-replication', 'solve')
    expect(await states()).toEqual(['untouched', 'passed'])
    expect((await run(['list'], engine)).stdout).toContain(
      'redis-replication  15 min  The lab redis-replication  passed, with solve',
    )
  })

  it('list can be of one track, and names the tracks there are', async () => {
    expect((await run(['list', '--track', 'redis'], fakeEngine().engine)).exitCode).toBe(0)
    const { exitCode, stderr } = await run(['list', '--track', 'raft'], fakeEngine().engine)
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: 'error: there is no track "raft": use one of redis\n' })
  })

  it('list says that the progress cannot be read, and goes on', async () => {
    mkdirSync(join(folder, 'home'), { recursive: true })
    writeFileSync(join(folder, 'home', 'progress.json'), '{')
    const { exitCode, stdout, stderr } = await run(['list'], fakeEngine().engine)
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 of 2 labs') })
    expect(stderr).toMatch(/^⚠ your progress in .*progress\.json cannot be read \(.*a copy is kept beside it\n$/)
  })
})

describe('doctor', () => {
  const ill = [
    { id: 'docker', status: 'ok', detail: 'answers' },
    { id: 'disk', status: 'fail', detail: '1 GiB free', fix: 'docker system prune' },
  ] as const

  it('ends with 3 when a prerequisite is missing, and shows the command that mends it', async () => {
    const { exitCode, stdout } = await run(['doctor'], fakeEngine({ doctor: () => Promise.resolve(ill) }).engine)
    expect(exitCode).toBe(3)
    expect(stdout).toBe('✔ docker  answers\n✖ disk    1 GiB free\n          fix: docker system prune\n')
  })

  it('passes --fix on', async () => {
    const { engine, calls } = fakeEngine()
    await run(['doctor', '--fix'], engine)
    expect(calls).toEqual(['doctor fix=true'])
  })

  it('is the documented JSON', async () => {
    const { stdout } = await run(['doctor', '-o', 'json'], fakeEngine({ doctor: () => Promise.resolve(ill) }).engine)
    expect(JSON.parse(stdout)).toEqual({ schema: 1, checks: ill })
  })
})

describe('check', () => {
  it('writes the green tasks down, tells what they teach, once, and where to go on', async () => {
    const { engine } = fakeEngine()
    const first = await run(['check', 'redis-persistence'], engine)
    expect(first.stderr).toBe(
      '\nLearned in task ready:\n  A StatefulSet names its Pods.\n\nAll 2 tasks of redis-persistence are green. Well done!\nNext: redis-replication, The lab redis-replication  statelab start redis-replication\n',
    )
    expect(progress().labs['redis-persistence']).toMatchObject({ checks: 1, by: 'hand', tasks: { ready: { by: 'hand' } } })
    expect((await run(['check', 'redis-persistence'], engine)).stderr).not.toContain('Learned')
    expect((await run(['check', 'redis-persistence', '-q'], engine)).stderr).toBe('')
  })

  it('says that solve has helped, and does not count it as done by hand', async () => {
    const { engine } = fakeEngine({ solvedTasks: () => Promise.resolve(['ready']) })
    const { stderr } = await run(['check', 'redis-persistence', '--name', 'x'], engine)
    expect(stderr).toContain('By hand, from the beginning: statelab reset redis-persistence --name x\n')
    expect(progress().labs['redis-persistence']).toMatchObject({ by: 'solve' })
  })

  it('praises nothing that is red', async () => {
    const { exitCode, stderr } = await run(
      ['check', 'redis-replication'],
      fakeEngine({ checkLab: () => Promise.resolve(FAILED!) }).engine,
    )
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' })
  })

  it('gives its verdict also where the progress cannot be written', async () => {
    writeFileSync(join(folder, 'home'), 'a file where a folder should be')
    const { exitCode, stderr } = await run(['check', 'redis-persistence'], fakeEngine().engine)
    expect(exitCode).toBe(0)
    expect(stderr).toContain('⚠ your progress cannot be')
  })
})

describe('check --watch', () => {
  it('appends what has changed, until all is green', async () => {
    const { exitCode, stdout, stderr } = await run(['check', 'redis-persistence', '--watch'], fakeEngine().engine)
    expect(exitCode).toBe(0)
    expect(stdout).toBe('✖ link: redis-pv-sts-1 follows <nobody> & is a "master"\n✔ ready: Redis runs\n')
    expect(stderr).toContain('Waiting for changes; Ctrl-C ends.\n\nLearned in task ready:\n')
    expect(stderr).toContain('Well done!')
    expect(progress().labs['redis-persistence']).toMatchObject({ checks: 1, passedAt: expect.anything() })
  })

  it('ends with 130 when it was interrupted, which is no error', async () => {
    const controller = new AbortController()
    const { engine } = fakeEngine({
      async *watchLab() {
        yield FAILED!
        controller.abort(new StatelabError('interrupted', 'interrupted by SIGINT'))
      },
    })
    const { exitCode, stderr } = await run(['check', 'redis-persistence', '--watch'], engine, { signal: controller.signal })
    expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: 'Waiting for changes; Ctrl-C ends.\n' })
  })

  it('fails when --timeout ends it', async () => {
    const { engine } = fakeEngine({
      async *watchLab(_, __, { signal }) {
        yield FAILED!
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
    })
    const { exitCode, stderr } = await run(['check', 'redis-persistence', '--watch', '--timeout', '50ms'], engine)
    expect(exitCode).toBe(1)
    expect(stderr).toContain('error: statelab check: not within')
  })

  it('answers with one JSON object under -o json', async () => {
    const { stdout } = await run(['check', 'redis-persistence', '--watch', '-o', 'json'], fakeEngine().engine)
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, labs: [{ id: 'redis-persistence', status: 'passed' }], passed: 1 })
  })
})

describe('start', () => {
  it('shows the brief and how to work, and counts the attempts', async () => {
    writeFileSync(join(folder, 'README.md'), '# The lab\n')
    const untouched = fakeEngine()
    const { stdout } = await run(['start', 'redis-persistence'], untouched.engine)
    expect(untouched.calls).toEqual(['start redis-persistence'])
    expect(stdout).toContain('The lab\n')
    expect(stdout).toContain('statelab shell redis-persistence')
    expect(progress().labs['redis-persistence']).toMatchObject({ attempts: 1 })
    const states = new Map([['redis-persistence', 'started' as const]])
    await run(['start', 'redis-persistence'], fakeEngine({ labStates: () => Promise.resolve(states) }).engine)
    expect(progress().labs['redis-persistence']).toMatchObject({ attempts: 1 })
  })

  describe('a lab with variants', () => {
    const VARIANTS = ['scaled', 'misspelt', 'unreachable']
    const starting = async (state: 'started' | undefined, ...flags: string[]) => {
      const started: (string | undefined)[] = []
      const { engine } = fakeEngine({
        loadLabs: () => Promise.resolve([{ ...lab('pending'), variants: VARIANTS }]),
        labStates: () => Promise.resolve(new Map(state && [['pending', state]])),
        startLab: (_, __, { variant }) => Promise.resolve(void started.push(variant)),
      })
      writeFileSync(join(folder, 'README.md'), '# The lab\n')
      return { ...(await run(['start', 'pending', ...flags], engine)), started }
    }

    it('starts as one of them, and goes on as it was started', async () => {
      expect(VARIANTS).toContain((await starting(undefined)).started[0])
      expect((await starting('started')).started).toEqual([undefined])
    })

    it.each([
      [['--variant', 'misspelt'], 'misspelt'],
      [['--seed', '0'], 'scaled'],
      [['--seed', '5'], 'unreachable'],
    ])('starts as asked by %j', async (flags, variant) => {
      expect((await starting(undefined, ...flags)).started).toEqual([variant])
    })

    it.each([[['--variant', 'other']], [['--seed', '-1']], [['--seed', 'x']], [['--seed', '1', '--variant', 'scaled']]])(
      'touches nothing with %j',
      async (flags) => {
        expect(await starting(undefined, ...flags)).toMatchObject({ exitCode: 2, started: [] })
      },
    )

    it('does not change the variant of a lab that was started', async () => {
      const { exitCode, stderr, started } = await starting('started', '--variant', 'misspelt')
      expect({ exitCode, started }).toEqual({ exitCode: 2, started: [] })
      expect(stderr).toContain('statelab reset pending --variant misspelt')
    })
  })
})

describe('shell', () => {
  const states = new Map([['redis-persistence', 'started' as const]])
  const started = (more: Partial<Engine> = {}) => fakeEngine({ labStates: () => Promise.resolve(states), ...more }).engine
  const environmentFolder = (): string => join(folder, 'home', 'environments', 'statelab')

  beforeEach(() => {
    vi.stubEnv('STATELAB_HOME', join(folder, 'home'))
    mkdirSync(environmentFolder(), { recursive: true })
    writeFileSync(
      join(environmentFolder(), 'kubeconfig'),
      'current-context: here\ncontexts:\n  - name: here\n    context: {cluster: c}\n',
    )
  })
  afterEach(() => vi.unstubAllEnvs())

  it('runs the shell of the learner with everything at hand, hands on its exit code, and leaves no file', async () => {
    const seen: string[] = []
    const onRun = (file: string, { env = {} }: RunOptions): void => {
      if (file !== '/bin/bash') return
      const shellFolder = dirname(env.KUBECONFIG ?? '')
      seen.push(
        ...readdirSync(shellFolder, { recursive: true, encoding: 'utf8' }).sort(),
        readFileSync(env.KUBECONFIG ?? '', 'utf8'),
      )
    }
    const ran = await run(['shell', 'redis-persistence'], started(), { env: { SHELL: '/bin/bash', PATH: '/bin' }, onRun })
    expect(ran.exitCode).toBe(7)
    expect(ran.stderr).toContain('kubectl means namespace lab-redis-persistence')
    expect(seen.slice(0, -1)).toEqual(['bashrc', 'bin', 'bin/statelab', 'kubeconfig'])
    expect(seen.at(-1)).toContain('namespace: lab-redis-persistence')
    const [file, , options] = ran.programs.at(-1)!
    expect(file).toBe('/bin/bash')
    expect(options).toMatchObject({
      stdio: 'inherit',
      env: { STATELAB_NAME: 'statelab', PATH: expect.stringMatching(/\/bin:\/bin$/) },
    })
    expect(readdirSync(environmentFolder())).toEqual(['kubeconfig'])
  })

  it('brings a kubectl where this machine has none', async () => {
    let script = ''
    const onRun = (file: string, { env = {} }: RunOptions): void => {
      if (file === '/bin/sh') script = readFileSync(join(dirname(env.KUBECONFIG ?? ''), 'bin', 'kubectl'), 'utf8')
    }
    await run(['shell', 'redis-persistence'], started(), { kubectlMissing: true, onRun })
    expect(script).toBe(
      "#!/bin/sh\nSTATELAB_KUBECTL=node exec 'node' 'cli.js' 'kubectl' '--lab' 'redis-persistence' '--no-up' '--' \"$@\"\n",
    )
  })

  it('is refused for a lab that was not started', async () => {
    const { exitCode, stderr, programs } = await run(['shell', 'redis-replication'], started())
    expect({ exitCode, programs }).toEqual({ exitCode: 1, programs: [] })
    expect(stderr).toBe('error: lab redis-replication is not started\n  fix: statelab start redis-replication\n')
  })
})

describe('hint', () => {
  it('gives the text in the language asked for, with its task, and says how to get another', async () => {
    expect((await run(['hint', 'redis-persistence', '--lang', 'zh'], fakeEngine().engine)).stdout).toBe(
      '任务 ready，第 1/2 条提示：\n看那里\n再看一条：statelab hint redis-persistence --more\n',
    )
    expect(progress().labs['redis-persistence']).toMatchObject({ hints: 1 })
  })

  it('gives the next one with --more, and the last one beyond', async () => {
    for (const more of [['--more'], ['--more', '--more', '--more']]) {
      const { stdout } = await run(['hint', 'redis-persistence', ...more], fakeEngine().engine)
      expect(stdout).toBe('Task ready, hint 2 of 2:\ncloser\n')
    }
  })

  it('has JSON, and says when there is none to give', async () => {
    expect(JSON.parse((await run(['hint', 'redis-persistence', '-o', 'json'], fakeEngine().engine)).stdout)).toEqual({
      schema: 1,
      lab: 'redis-persistence',
      task: 'ready',
      hint: 'look there',
      number: 1,
      of: 2,
    })
    const none = fakeEngine({ hintsFor: () => Promise.resolve(undefined) })
    expect((await run(['hint', 'redis-persistence'], none.engine)).stdout).toBe(
      'There is no hint to give: every task is green.\n',
    )
  })
})

describe('solve', () => {
  it('shows each command with its reason, under its task', async () => {
    const { stdout } = await run(['solve', 'redis-persistence'], fakeEngine().engine)
    expect(stdout).toBe(
      'ready: Redis runs\n\n# because\nkubectl apply -f x.yaml\n\nSee it with: statelab check redis-persistence\n',
    )
    expect(progress().labs['redis-persistence']).toMatchObject({ solves: 1 })
  })

  it('knows the tasks of a lab before it touches anything', async () => {
    const { engine, calls } = fakeEngine()
    const { exitCode, stderr } = await run(['solve', 'redis-persistence', '--to', 'reday'], engine)
    expect({ exitCode, stderr, calls }).toEqual({
      exitCode: 2,
      stderr: 'error: lab redis-persistence has no task "reday": its tasks: ready, link\n',
      calls: [],
    })
  })

  it('does not go step by step without a terminal', async () => {
    const { exitCode, stderr } = await run(['solve', 'redis-persistence', '--step'], fakeEngine().engine)
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'error: --step needs a terminal to wait for Enter on: leave it out\n',
    })
  })

  it('points to reset where what the learner has made is in the way', async () => {
    const solveLab = () => Promise.reject(new StatelabError('kubernetes-failed', 'spec: Forbidden'))
    const { exitCode, stderr } = await run(['solve', 'redis-persistence'], fakeEngine({ solveLab }).engine)
    expect(exitCode).toBe(1)
    expect(stderr).toContain('fix: statelab reset redis-persistence; statelab solve redis-persistence\n')
  })
})

describe('reset', () => {
  const work = { green: ['ready'], objects: ['StatefulSet redis'], claims: ['data-redis-0'] }

  it('asks nothing without a terminal', async () => {
    const { engine, calls } = fakeEngine({ learnerWork: () => Promise.resolve(work) })
    expect((await run(['reset', 'redis-persistence'], engine)).exitCode).toBe(0)
    expect(calls).toEqual(['reset redis-persistence'])
    expect(progress().labs['redis-persistence']).toMatchObject({ attempts: 1 })
  })

  it.each([
    ['y', 0, ['reset redis-persistence']],
    ['n', 1, []],
    ['return', 1, []],
    ['x y', 0, ['reset redis-persistence']],
  ])('asks on a terminal before work is lost, and goes by the answer %j', async (keys, exitCode, calls) => {
    const fake = fakeEngine({ learnerWork: () => Promise.resolve(work) })
    const ran = await run(['reset', 'redis-persistence'], fake.engine, { keys: keys.split(' ') })
    expect({ exitCode: ran.exitCode, calls: fake.calls }).toEqual({ exitCode, calls })
    expect(ran.stderr).toContain(
      'This work in lab redis-persistence will be lost:\n  - 1 green tasks: ready\n  - StatefulSet redis\n  - these claims with their data: data-redis-0\nReset it? [y/N] ',
    )
  })

  it.each([
    [['--yes'], work],
    [['-y'], work],
    [[], { green: [], objects: [], claims: [] }],
  ])('does not ask with %j about %j', async (flags, lost) => {
    const { engine, calls } = fakeEngine({ learnerWork: () => Promise.resolve(lost) })
    const { stderr } = await run(['reset', 'redis-persistence', ...flags], engine, { keys: [] })
    expect({ stderr, calls }).toEqual({ stderr: '', calls: ['reset redis-persistence'] })
  })

  it('touches nothing when the question is interrupted', async () => {
    const controller = new AbortController()
    const { engine, calls } = fakeEngine({ learnerWork: () => Promise.resolve(work) })
    const ran = run(['reset', 'redis-persistence'], engine, { keys: [], signal: controller.signal })
    setTimeout(() => controller.abort(new StatelabError('interrupted', 'interrupted by SIGINT')), 100)
    expect(await ran).toMatchObject({ exitCode: 130, stderr: expect.stringContaining('error: interrupted by SIGINT') })
    expect(calls).toEqual([])
  })
})

describe('down', () => {
  const found = (labs: EnvironmentReport['labs'], state: EnvironmentReport['cluster']['state'] = 'running') => {
    const status = { ...STATUS, labs, cluster: { ...STATUS.cluster, state } }
    return fakeEngine({ status: () => Promise.resolve(status) })
  }
  const LABS = [
    { id: 'redis-persistence', state: 'started' },
    { id: 'redis-replication', state: 'passed' },
  ] as const

  it.each([
    ['y', 0, ['down statelab']],
    ['n', 1, []],
    ['return', 1, []],
  ])('asks on a terminal before labs are lost, and goes by the answer %j', async (key, exitCode, calls) => {
    const fake = found(LABS)
    const ran = await run(['down'], fake.engine, { keys: [key] })
    expect({ exitCode: ran.exitCode, calls: fake.calls }).toEqual({ exitCode, calls })
    expect(ran.stderr).toContain(
      'These labs in environment statelab will be lost, with their data:\n  - redis-persistence: started\n  - redis-replication: passed\nRemove it? [y/N] ',
    )
  })

  it.each([
    ['stopped', 'does not run, so its labs cannot be seen'],
    ['unreachable', 'does not answer, so its labs cannot be seen'],
  ] as const)('asks for an environment that is %s: nobody sees what is in it', async (state, says) => {
    const { engine, calls } = found([], state)
    const { exitCode, stderr } = await run(['down'], engine, { keys: ['n'] })
    expect({ exitCode, calls }).toEqual({ exitCode: 1, calls: [] })
    expect(stderr).toContain(says)
    expect(stderr).toContain('error: environment statelab was left as it is')
  })

  it.each([
    { flags: ['--yes'], labs: LABS, state: 'running' },
    { flags: ['-y'], labs: [], state: 'stopped' },
    { flags: [], labs: [], state: 'running' },
    { flags: [], labs: [], state: 'absent' },
    { flags: [], labs: [], state: 'unfinished' },
  ] as const)('does not ask with $flags about $labs.length labs, $state', async ({ flags, labs, state }) => {
    const { engine, calls } = found(labs, state)
    const { stderr } = await run(['down', ...flags], engine, { keys: [] })
    expect({ stderr, calls }).toEqual({ stderr: '', calls: ['down statelab'] })
  })

  it('asks nothing without a terminal', async () => {
    const { engine, calls } = found(LABS)
    expect((await run(['down'], engine)).exitCode).toBe(0)
    expect(calls).toEqual(['down statelab'])
  })
})

describe('report', () => {
  it('shows what was passed, and how', async () => {
    expect((await run(['report'], fakeEngine().engine)).stdout).toBe('Nothing has been done yet. Begin with: statelab list\n')
    passedBefore('redis-replication', 'solve')
    const { stdout } = await run(['report'], fakeEngine().engine, { env: { TZ: 'UTC' } })
    expect(stdout).toMatch(/^LAB +TASKS +PASSED +HOW +ATTEMPTS +CHECKS +HINTS +SOLVES\n/)
    expect(stdout).toMatch(/^redis-replication +1\/2 +2026-11-01 \d\d:\d\d +with solve +1 +1 +0 +0$/m)
    expect(stdout).toContain('\n1 of 2 labs passed, 0 of them by hand\n')
  })

  it('is the file itself under -o json', async () => {
    passedBefore('redis-replication', 'hand')
    expect(JSON.parse((await run(['report', '-o', 'json'], fakeEngine().engine)).stdout)).toEqual(progress())
  })
})

describe('env', () => {
  it('prints nothing but assignments, quoted for a shell', async () => {
    const { stdout } = await run(['env'], fakeEngine().engine)
    expect(stdout).toMatch(
      /^export KUBECONFIG='[^']+'\nexport STATELAB_NAME='statelab'\nexport NFS_SERVER='10\.213\.0\.10'\nexport NFS_EXPORT='\/export'\n$/,
    )
  })
})

describe('kubectl', () => {
  it('runs the one on PATH with the kubeconfig of the environment, and ends with its exit code', async () => {
    const { exitCode, programs, stderr } = await run(
      ['kubectl', '--lab', 'redis-persistence', 'get', 'pods', '-o', 'json', '--name', 'x'],
      fakeEngine().engine,
    )
    const [file, args, options] = programs[0]!
    expect(file).toBe('kubectl')
    expect(args).toEqual(['get', '--namespace=lab-redis-persistence', 'pods', '-o', 'json', '--name', 'x'])
    expect(options).toMatchObject({ stdio: 'inherit', env: { KUBECONFIG: expect.stringMatching(/statelab\/kubeconfig$/) } })
    expect({ exitCode, stderr }).toEqual({ exitCode: 7, stderr: '' })
  })

  it('passes flags on that stand first', async () => {
    const { programs } = await run(['kubectl', '-n', 'kube-system', 'get', 'pods'], fakeEngine().engine)
    expect(programs[0]![1]).toEqual(['-n', 'kube-system', 'get', 'pods'])
  })

  it('ends without a word when it was interrupted', async () => {
    const controller = new AbortController()
    const onRun = (): void => {
      controller.abort(new StatelabError('interrupted', 'interrupted by SIGINT'))
      throw controller.signal.reason
    }
    const ran = await run(['kubectl', 'get', 'pods', '--watch'], fakeEngine().engine, { signal: controller.signal, onRun })
    expect(ran).toMatchObject({ exitCode: 130, stdout: '', stderr: '' })
  })

  it('chooses the namespace also where a flag comes first', async () => {
    const { programs } = await run(['kubectl', '--lab', 'redis-persistence', '-v', '6', 'get', 'pods'], fakeEngine().engine)
    expect(programs[0]![1]).toEqual(['--namespace=lab-redis-persistence', '-v', '6', 'get', 'pods'])
  })

  it('uses the one in the node where the shell of a lab asks for it', async () => {
    const env = { STATELAB_KUBECTL: 'node' }
    const { programs } = await run(['kubectl', 'get', 'pods'], fakeEngine().engine, { env })
    expect(programs.map(([file]) => file)).toEqual(['docker'])
  })

  it('uses the one in the node where this machine has none', async () => {
    const { programs } = await run(['kubectl', '--name', 'x', 'get', 'pods'], fakeEngine().engine, { kubectlMissing: true })
    expect(programs[1]!.slice(0, 2)).toEqual([
      'docker',
      ['exec', '--interactive', '--env', 'KUBECONFIG=/etc/kubernetes/admin.conf', 'x-control-plane', 'kubectl', 'get', 'pods'],
    ])
  })
})

describe('logs', () => {
  it('shows each part, also when there is nothing in it', async () => {
    expect((await run(['logs'], fakeEngine().engine)).stdout).toBe(
      '== Containers\none\n\n== NFS server\nnothing\n\n== Provisioner\ntwo\n\n== Recent events\nnothing\n',
    )
  })
})

describe('failures', () => {
  const steps: Engine['down'] = (_, { emit }) => {
    emit({ type: 'step-started', id: 'a', title: 'A' })
    emit({ type: 'step-finished', id: 'a', outcome: 'failed', durationMs: 1, detail: 'no' })
    return Promise.reject(new StatelabError('operation-failed', 'no way', { fix: 'another way' }))
  }

  it('tell the fix and the log, which has the steps', async () => {
    const { exitCode, stderr } = await run(['down'], fakeEngine({ down: steps }).engine)
    const [, log = ''] = /^ {2}log: (.+)$/m.exec(stderr) ?? []
    expect(exitCode).toBe(1)
    expect(stderr).toContain('error: no way\n  fix: another way\n')
    expect(readFileSync(log, 'utf8')).toMatch(/start a: A[\s\S]*failed a after 1 ms: no[\s\S]*StatelabError: no way/)
  })

  it('of a time limit say what was going on when time ran out, and the log has the whole story for its owner only', async () => {
    const down: Engine['down'] = async (_, { emit, signal }) => {
      emit({ type: 'step-started', id: 'cluster', title: 'Remove the nodes' })
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      throw signal.reason
    }
    const { exitCode, stderr } = await run(['down', '--timeout', '1s'], fakeEngine({ down }).engine)
    const [, log = ''] = /^ {2}log: (.+)$/m.exec(stderr) ?? []
    expect(exitCode).toBe(1)
    expect(stderr).toContain('error: statelab down: not within 1.0s; last seen: Remove the nodes')
    expect(readFileSync(log, 'utf8')).toMatch(/start cluster: Remove the nodes[\s\S]*StatelabError: statelab down/)
    expect(statSync(log).mode & 0o077).toBe(0)
  })

  it('are quiet but for the error under --quiet', async () => {
    const { stderr } = await run(['down', '-q'], fakeEngine({ down: steps }).engine)
    expect(stderr).toMatch(/^error: no way\n {2}fix: another way\n {2}log: .*\n$/)
  })

  it('of cleaning up do not hide the first one', async () => {
    const first = new StatelabError('timed-out', 'no node', { fix: 'wait' })
    const down = () => Promise.reject(new AggregateError([first, new Error('docker rm failed')]))
    const { exitCode, stderr } = await run(['down'], fakeEngine({ down }).engine)
    expect(exitCode).toBe(1)
    expect(stderr).toBe('error: no node\n  cause: docker rm failed\n  fix: wait\n')
  })

  it('on the way out of an interrupted command are reported as the interruption', async () => {
    const controller = new AbortController()
    const down = () => {
      controller.abort(new StatelabError('interrupted', 'interrupted by SIGINT'))
      return Promise.reject(new Error('socket closed'))
    }
    const { exitCode, stderr } = await run(['down'], fakeEngine({ down }).engine, { signal: controller.signal })
    expect(exitCode).toBe(130)
    expect(stderr).toContain('error: interrupted by SIGINT\n  cause: socket closed\n')
  })

  it('make no log where nothing was done', async () => {
    await run(['check', 'redis-persistence', '--no-up'], fakeEngine({ isUsable: () => Promise.resolve(false) }).engine)
    expect(existsSync(join(folder, 'home'))).toBe(false)
  })
})
