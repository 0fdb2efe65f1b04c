/**
 * `npm test`: everything that proves the project, on a fresh machine too. `npm run check` (`--quick`) is the half that
 * needs no Docker. Ends with a line `N passed, N failed`.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { $, chalk } from 'zx'
import { formatDuration } from '../scripts/wait/duration.ts'

interface Count {
  readonly passed: number
  readonly failed: number
  /** What failed, one line each: the last lines of a long log say it again. */
  readonly failures?: readonly string[]
}

interface Stage {
  readonly title: string
  readonly run: () => Promise<Count>
}

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const results = await mkdtemp(join(tmpdir(), 'statelab-test-'))
const root = join(import.meta.dirname, '..')
const sh = $({ cwd: root, stdio: 'inherit', nothrow: true, preferLocal: true })

const quick: Stage[] = [
  { title: 'Types', run: () => program(() => sh`tsc -p .`) },
  { title: 'Lint and formatting', run: () => program(() => sh`biome check --error-on-warnings .`) },
  { title: 'Unit tests', run: () => vitest('unit') },
]
const docker: Stage[] = [
  // Its set-up starts Docker and builds the images; the Go tests find what was compiled for them.
  { title: 'Integration tests', run: () => vitest('integration') },
  { title: 'Go tests', run: goTests },
  { title: 'End-to-end tests', run: () => vitest('e2e') },
]

try {
  process.exitCode = await runAll(values.quick ? quick : [...quick, ...docker])
} finally {
  await rm(results, { recursive: true, force: true })
}

/** Runs every stage, also after a failure: a person wants to know all of what is broken. */
async function runAll(stages: readonly Stage[]): Promise<number> {
  const total = { passed: 0, failed: 0 }
  const summary: string[] = []
  for (const { title, run } of stages) {
    console.log(chalk.bold(`\n▸ ${title}`))
    const startedAt = performance.now()
    const { passed, failed, failures = [] } = await run()
    total.passed += passed
    total.failed += failed
    summary.push(
      `${failed === 0 ? '✔' : '✖'} ${title}: ${passed} passed, ${failed} failed (${formatDuration(performance.now() - startedAt)})`,
      ...failures.map((failure) => `    ${failure}`),
    )
  }
  console.log(`\n${summary.join('\n')}\n\n${total.passed} passed, ${total.failed} failed`)
  return total.failed === 0 ? 0 : 1
}

/** A program that passes or fails as a whole. */
async function program(run: () => PromiseLike<{ exitCode: number | null }>): Promise<Count> {
  const { exitCode } = await run()
  return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

async function vitest(project: string): Promise<Count> {
  const file = join(results, `${project}.json`)
  const { exitCode } = await sh`vitest run --project ${project} --reporter=default --reporter=json --outputFile=${file}`
  const report = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as VitestReport,
    () => undefined,
  )
  if (!report) return { passed: 0, failed: 1 }
  const failures = report.testResults.flatMap(failuresOf)
  // A failing global set-up fails no file.
  return { passed: report.numPassedTests, failed: exitCode === 0 ? 0 : Math.max(1, failures.length), failures }
}

/** What vitest's JSON reporter writes, as far as it is read here. */
interface VitestReport {
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly { status: string; fullName: string; failureMessages: readonly string[] }[]
  }[]
}

/** The failed tests of a file; of one whose set-up failed, the file. */
function failuresOf({ name, status, message, assertionResults }: VitestReport['testResults'][number]): string[] {
  const line = (title: string, error = ''): string => `${relative(root, name)}: ${title}: ${error.split('\n')[0]}`
  const failed = assertionResults.filter((test) => test.status === 'failed')
  if (status === 'failed' && failed.length === 0) return [line('set-up or loading', message || 'its output is above')]
  return failed.map(({ fullName, failureMessages }) => line(fullName, failureMessages[0]))
}

/** The flags are those of the build, so that its cache serves. */
async function goTests(): Promise<Count> {
  const flags = ['-trimpath', '-tags', 'no_aufs,no_btrfs,no_devmapper,no_zfs']
  const go = $({ cwd: join(root, 'images'), nothrow: true, env: { ...process.env, CGO_ENABLED: '0' } })
  const { stdout, stderr, exitCode } = await go`go test -json ${flags} ./nfs-provisioner/... ./node/network/...`
  const events = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as GoTestEvent)
  const count = (action: string): number => events.filter(({ Action, Test }) => Action === action && Test !== undefined).length
  const failed = exitCode === 0 ? 0 : Math.max(1, count('fail'))
  if (failed > 0) console.log(events.map(({ Output }) => Output ?? '').join(''), stderr)
  const failures = events.filter(({ Action, Test }) => Action === 'fail' && Test !== undefined).map(({ Test }) => `${Test}`)
  return { passed: count('pass'), failed, failures }
}

interface GoTestEvent {
  readonly Action: string
  readonly Test?: string
  readonly Output?: string
}
