import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CommandAnswer, CommandAsked } from '../helpers/cli-process.ts'
import { type Ended, Sandbox, TIMEOUT_MS } from './commands/spawn-cli.ts'

const TEACHER = fileURLToPath(new URL('../fixtures/labs/teacher', import.meta.url))

interface Case {
  readonly what: string
  readonly args: readonly string[]
  readonly says: RegExp
  readonly env?: Readonly<Record<string, string>>
  /** Prepares a folder of labs; its path replaces `LABS` in the arguments. */
  readonly labs?: (folder: string) => void
}

// More of both are in commands/settings.test.ts.
const NAMES = ['', 'A', '-a', 'a_b', '../x', 'a b', '$(id)', 'a'.repeat(64), '数据']
const DURATIONS = ['0', '-1s', '5']

const CASES: readonly Case[] = [
  ...NAMES.map((name) => ({
    what: `the name ${JSON.stringify(name)}`,
    args: ['up', '--name', name],
    says: /cannot be the name of an environment/,
  })),
  ...DURATIONS.map((duration) => ({
    what: `the duration ${JSON.stringify(duration)}`,
    args: ['up', '--timeout', duration],
    says: /--timeout ".*" is not a duration/,
  })),
  { what: 'a name from the environment', args: ['up'], env: { STATELAB_NAME: 'A_B' }, says: /"A_B" cannot be the name/ },
  {
    what: 'a duration from the environment',
    args: ['up'],
    env: { STATELAB_TIMEOUT: '5' },
    says: /STATELAB_TIMEOUT "5" is not a duration/,
  },
  {
    what: 'an unknown source',
    args: ['up', '--source', 'pakages'],
    says: /--source cannot be "pakages": did you mean packages\?/,
  },
  {
    what: 'an unknown source from the environment',
    args: ['up'],
    env: { STATELAB_SOURCE: 'x' },
    says: /STATELAB_SOURCE cannot be "x": use one of registry, mirror/,
  },
  { what: 'an unknown output', args: ['status', '-o', 'yaml'], says: /--output cannot be "yaml": use one of table, json/ },
  { what: 'an unknown language', args: ['list', '--lang', 'fr'], says: /--lang cannot be "fr"/ },
  { what: 'an unknown command', args: ['chek'], says: /unknown command "chek": did you mean check\?/ },
  { what: 'help for an unknown command', args: ['help', 'chek'], says: /unknown command "chek"/ },
  { what: 'a command of a later version', args: ['teleport'], says: /unknown command "teleport"/ },
  { what: 'an unknown flag', args: ['up', '--sorce', 'x'], says: /unknown flag "--sorce": did you mean --source\?/ },
  {
    what: 'an unknown flag before the command',
    args: ['--nmae', 'x', 'up'],
    says: /unknown flag "--nmae": did you mean --name\?/,
  },
  { what: 'a flag without its value', args: ['up', '--name'], says: /needs a value/ },
  { what: 'a missing argument', args: ['start'], says: /argument "lab" is missing/ },
  { what: 'one argument too many', args: ['up', 'x'], says: /too many arguments for "up"/ },
  ...['start', 'run'].map((verb) => ({
    what: `an unknown lab to ${verb}`,
    args: [verb, 'redis-persistance'],
    says: /there is no lab "redis-persistance": did you mean redis-persistence\?/,
  })),
  {
    what: 'an unknown lab for kubectl',
    args: ['kubectl', '--lab', 'nothing-like-it', 'get', 'pods'],
    says: /there is no lab "nothing-like-it"/,
  },
  { what: 'a run of nothing', args: ['run'], says: /no lab was named/ },
  { what: 'a run of all and one', args: ['run', '--all', 'redis-persistence'], says: /labs were chosen in more than one way/ },
  { what: 'a report without a file', args: ['run', '--all', '--report', 'junit'], says: /names no format and file/ },
  {
    what: 'a report format that is not there',
    args: ['run', '--all', '--report', 'xml=x.xml'],
    says: /no report format "xml": use one of /,
  },
  {
    what: 'a report in a folder that is missing',
    args: ['run', '--all', '--report', 'json=none/x.json'],
    says: /cannot be written to "none\/x.json"/,
  },
  { what: 'a report onto a folder', args: ['run', '--all', '--report', 'json=.'], says: /cannot be written to "\."/ },
  { what: 'a labs folder that is missing', args: ['list', '--labs', 'none'], says: /there is no folder "none"/ },
  {
    what: 'a labs folder that is missing, to a command without labs',
    args: ['up', '--labs', 'none'],
    says: /there is no folder "none"/,
  },
  {
    what: 'a labs folder from the environment that is missing',
    args: ['list'],
    env: { STATELAB_LABS: 'none' },
    says: /there is no folder "none"/,
  },
  {
    what: 'a labs folder that is empty',
    args: ['list', '--labs', 'LABS'],
    labs: (folder) => mkdirSync(folder),
    says: /no labs in it/,
  },
  {
    what: 'a lab with a missing field',
    args: ['run', '--all', '--labs', 'LABS'],
    labs: (folder) => edit(folder, /minutes: \d+,?/, ''),
    says: /10-first-claim\/lab\.ts:\d+: minutes: expected a number, found nothing/,
  },
  {
    what: 'a lab with a syntax error',
    args: ['list', '--labs', 'LABS'],
    labs: (folder) => edit(folder, /export default/, 'export default ((('),
    says: /10-first-claim\/lab\.ts/,
  },
  {
    what: 'a lab whose modules import each other',
    args: ['list', '--labs', 'LABS'],
    labs: cyclic,
    says: /import each other in a circle/,
  },
  {
    what: 'a lab whose id is taken',
    args: ['start', 'first-claim', '--labs', 'LABS'],
    labs: duplicate,
    says: /"first-claim" is also the id of/,
  },
]

let cli: ChildProcess
beforeAll(() => {
  cli = fork(fileURLToPath(new URL('../helpers/cli-process.ts', import.meta.url)))
})
afterAll(() => cli.kill())

/** Runs a command line in the process that all of them share; the programs it would run are told, and not run. */
async function command(sandbox: Sandbox, argv: readonly string[], env: Case['env'] = {}): Promise<CommandAnswer> {
  cli.send({ argv, env: { ...sandbox.env, ...env }, cwd: sandbox.cwd } satisfies CommandAsked)
  const [answer] = (await once(cli, 'message')) as [CommandAnswer]
  return answer
}

/** One fault each in a setting, on the command line, in the name of a lab and in a lab's file. */
const IN_A_PROCESS = new Set(['the name "A"', 'an unknown flag', 'an unknown lab to run', 'a lab with a syntax error'])

describe('bad input ends with code 2, one error line, and nothing touched:', { timeout: TIMEOUT_MS }, () => {
  it.each(CASES)('$what', async (each) => {
    using sandbox = new Sandbox()
    const { programs, ...result } = await command(sandbox, wordsOf(each, sandbox), each.env)
    expectRefused(result, each)
    expect(programs).toEqual([])
    expect(sandbox.files()).toEqual([])
  })

  it.concurrent.each(CASES.filter(({ what }) => IN_A_PROCESS.has(what)))('$what, in a process of its own', async (each) => {
    using sandbox = new Sandbox()
    expectRefused(await sandbox.run(wordsOf(each, sandbox), each.env), each)
    expect(sandbox.dockerCalls()).toEqual([])
    expect(sandbox.files()).toEqual([])
  })
})

function wordsOf({ args, labs }: Case, sandbox: Sandbox): string[] {
  const folder = join(sandbox.folder, 'labs')
  labs?.(folder)
  return args.map((word) => (word === 'LABS' ? folder : word))
}

function expectRefused(result: Ended, { says }: Case): void {
  expect(result.stderr).toMatch(says)
  expect(result.stderr.match(/^error: /gm)).toHaveLength(1)
  expect(result.stderr.trimEnd().split('\n')).toHaveLength(1)
  expect(result).toMatchObject({ exitCode: 2, stdout: '' })
}

describe('the words of a command', { timeout: TIMEOUT_MS }, () => {
  it('speaks Chinese where LANG does', async () => {
    using sandbox = new Sandbox()
    const { stderr } = await command(sandbox, ['chek'], { LANG: 'zh_CN.UTF-8' })
    expect(stderr).toBe('error: 未知命令 "chek": 是否想输入 check？\n')
  })

  it('lets a flag win over its variable, and the one after the command over the one before', async () => {
    using sandbox = new Sandbox()
    const { stderr } = await command(sandbox, ['--name', 'B', 'up', '--name', 'C'], { STATELAB_NAME: 'A' })
    expect(stderr).toContain('"C" cannot be')
  })

  it('prints help on stdout and ends with 0', async () => {
    using sandbox = new Sandbox()
    for (const args of [[], ['--help'], ['help']]) {
      const { exitCode, stdout, stderr } = await command(sandbox, args)
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout).toMatch(/Usage: statelab COMMAND[\s\S]*Labs:[\s\S]*redis-persistence/)
    }
    expect((await command(sandbox, ['help', 'run'])).stdout).toContain('--report <format=file>')
  })
})

describe.concurrent('the command line', { timeout: TIMEOUT_MS }, () => {
  it('gives an error as JSON on stdout when JSON was asked for, with the same exit code', async () => {
    using sandbox = new Sandbox()
    const { exitCode, stdout, stderr } = await sandbox.run(['status', '-o', 'json', '--name', 'A'])
    expect(JSON.parse(stdout)).toEqual({
      schema: 1,
      error: { code: 'bad-input', message: expect.stringContaining('"A"'), fix: expect.any(String) },
    })
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' })
  })

  it('prints its version', async () => {
    using sandbox = new Sandbox()
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
    expect(await sandbox.run(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('shows stacks only when debugging', async () => {
    using sandbox = new Sandbox()
    expect((await sandbox.run(['up', '--name', 'A'], { STATELAB_DEBUG: '1' })).stderr).toMatch(/\n {4}at /)
  })

  it('lists labs without asking Docker, and writes nothing', async () => {
    using sandbox = new Sandbox()
    const { exitCode, stdout } = await sandbox.run(['list', '-o', 'json'])
    const { schema, labs } = JSON.parse(stdout) as { schema: number; labs: object[] }
    expect({ exitCode, schema }).toEqual({ exitCode: 0, schema: 1 })
    expect(labs).toContainEqual(
      expect.objectContaining({
        id: 'redis-persistence',
        track: 'redis',
        title: expect.any(String),
        minutes: expect.any(Number),
        state: 'untouched',
        requires: expect.any(Object),
      }),
    )
    expect(sandbox.dockerCalls()).toEqual([])
    expect(sandbox.files()).toEqual([])
  })

  it('says what mends a Docker that does not answer, with exit code 3', async () => {
    using sandbox = new Sandbox('echo "Cannot connect to the Docker daemon" >&2; exit 1')
    const { exitCode, stderr } = await sandbox.run(['status'], { DOCKER_HOST: 'unix:///nowhere.sock' })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(
      /^error: Docker at unix:\/\/\/nowhere\.sock does not answer: Cannot connect.*\n {2}fix: statelab doctor\n$/,
    )
  })

  it('refuses with --no-up where there is no environment, and says how to get one', async () => {
    using sandbox = new Sandbox(DOCKER_WITHOUT_ENVIRONMENT)
    const { exitCode, stdout, stderr } = await sandbox.run(['env', '--no-up', '--name', 'none'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' })
    expect(stderr).toBe('error: there is no working environment none\n  fix: statelab up --name none\n')
    expect(sandbox.files()).toEqual([])
  })
})

const DOCKER_WITHOUT_ENVIRONMENT = `case "$1" in
info) echo '{"ServerVersion":"27.0.0"}' ;;
container|volume) echo "Error: No such $1: x" >&2; exit 1 ;;
esac`

/** A folder of labs with one that has a fault. */
function edit(folder: string, pattern: RegExp, replacement: string): void {
  cpSync(TEACHER, folder, { recursive: true })
  const file = join(folder, '10-first-claim', 'lab.ts')
  const text = readFileSync(file, 'utf8')
  const edited = text.replace(pattern, replacement)
  if (edited === text) throw new Error(`${pattern} does not occur in ${file}`)
  writeFileSync(file, edited)
}

function cyclic(folder: string): void {
  edit(folder, /^/, "import './helper.ts'\n")
  writeFileSync(join(folder, '10-first-claim', 'helper.ts'), "import './lab.ts'\n")
}

function duplicate(folder: string): void {
  cpSync(TEACHER, folder, { recursive: true })
  cpSync(join(folder, '10-first-claim'), join(folder, '20-first-claim'), { recursive: true })
}
