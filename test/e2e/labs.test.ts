import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lab } from '../../scripts/catalog/lab.ts'
import { loadCatalog } from '../../scripts/catalog/load-catalog.ts'
import { labEnvironment } from '../../scripts/commands/lab-environment.ts'
import { PROJECT } from '../../scripts/commands/project.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import type { LabContext } from '../../scripts/runner/lab-context.ts'
import { proveLab } from '../../scripts/runner/prove-lab.ts'
import type { LabResult, RunReport } from '../../scripts/runner/result.ts'
import { scheduleLabs } from '../../scripts/runner/schedule-labs.ts'
import { statementsOf } from '../../scripts/runner/statements.ts'
import { ENV, statelabOk } from './harness.ts'

const MINUTE = 60_000

const labs = await loadCatalog({ folders: [join(PROJECT.root, 'labs')] })

/** As many as `run --parallel` is meant for: a verdict that depends on what else goes on is a wrong verdict. */
const PARALLEL = 4

const stop = new AbortController()
const context: LabContext = { environment: labEnvironment(ENV, execaRunner), signal: stop.signal, emit: () => {}, language: 'en' }
const proofs = new Map(labs.map(({ id }) => [id, Promise.withResolvers<LabResult>()]))
let proving: Promise<unknown> = Promise.resolve()

beforeAll(async () => {
  await statelabOk('up', '--name', ENV.name)
  proving = scheduleLabs(labs, {
    parallel: PARALLEL,
    signal: stop.signal,
    run: async (lab) => {
      const proof = await proveLab(lab, context).catch((error: unknown) => broken(lab, error))
      proofs.get(lab.id)?.resolve(proof)
      return proof
    },
  })
})

afterAll(async () => {
  stop.abort()
  await proving.catch(() => undefined)
})

/** The gate: what a lab has to prove before anybody learns from it. The labs are proven side by side. */
describe.each(labs)('lab $id', (lab) => {
  test.for(statementsOf(lab))('$title.en', { timeout: 45 * MINUTE }, async (statement, { skip }) => {
    const proof = await proofs.get(lab.id)?.promise
    if (proof?.status === 'skipped') skip(proof.reason)
    const found = proof?.tasks.find((task) => task.id === statement.id)
    const unlike = found?.checks.filter(({ status }) => status !== 'passed')
    expect({ status: found?.status ?? proof?.reason, unlike }).toEqual({ status: 'passed', unlike: [] })
  })
})

function broken({ id }: Lab, error: unknown): LabResult {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { id, status: 'error', durationMs: 0, reason, tasks: [] }
}

describe('labs run from the command line', () => {
  test('side by side get the verdicts that they get one after another', async () => {
    const ids = ['hostpath-binding', 'nfs-dynamic', 'redis-persistence']
    const verdicts = async (...flags: string[]): Promise<string[]> => {
      const report = JSON.parse(await statelabOk('run', ...ids, ...flags, '-o', 'json', '--name', ENV.name)) as RunReport
      return report.labs.map((lab) => `${lab.id} ${lab.status}`)
    }
    const expected = ids.map((id) => `${id} passed`)
    expect(await verdicts()).toEqual(expected)
    expect(await verdicts('--parallel', '3')).toEqual(expected)
  })
})

describe('a new lab', () => {
  test('proves itself as it is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'statelab-new-'))
    try {
      await statelabOk('new', 'lab', 'fresh', '--dir', folder)
      const proof = JSON.parse(
        await statelabOk('prove', 'fresh', '--labs', folder, '-o', 'json', '--name', ENV.name),
      ) as RunReport
      expect(proof).toMatchObject({ passed: 1, failed: 0, skipped: 0, labs: [{ id: 'fresh', status: 'passed' }] })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
