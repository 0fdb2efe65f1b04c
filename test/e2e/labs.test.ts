import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../scripts/catalog/load-catalog.ts'
import { labEnvironment } from '../../scripts/commands/lab-environment.ts'
import { PROJECT } from '../../scripts/commands/project.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import { cleanLab } from '../../scripts/runner/clean-lab.ts'
import type { LabContext } from '../../scripts/runner/lab-context.ts'
import { proveStatement } from '../../scripts/runner/prove-lab.ts'
import { missingRequirement } from '../../scripts/runner/requirements.ts'
import type { RunReport } from '../../scripts/runner/result.ts'
import { statementsOf } from '../../scripts/runner/statements.ts'
import { ENV, statelab, statelabOk } from './harness.ts'

const signal = new AbortController().signal
const environment = labEnvironment(ENV, execaRunner)
const context: LabContext = { environment, signal, emit: () => {}, language: 'en' }

const MINUTE = 60_000

beforeAll(() => statelabOk('up', '--name', ENV.name))

/** The gate: what a lab has to prove before anybody learns from it. */
describe.each(await loadCatalog({ folders: [join(PROJECT.root, 'labs')] }))('lab $id', (lab) => {
  afterAll(() => cleanLab(lab, context))

  test.for(statementsOf(lab))('$title.en', { timeout: 10 * MINUTE }, async (statement, { skip }) => {
    const missing = await missingRequirement(lab, environment.kube, signal)
    if (missing) skip(missing.en)
    const { status, checks } = await proveStatement(lab, statement, context)
    const broken = checks.filter((check) => check.status !== 'passed')
    expect({ status, broken }).toEqual({ status: 'passed', broken: [] })
  })
})

describe('labs side by side', () => {
  test('get the verdicts that they get one after another', { timeout: 30 * MINUTE }, async () => {
    const { stdout } = await statelab('run', '--all', '--parallel', '4', '-o', 'json', '--name', ENV.name)
    const { labs } = JSON.parse(stdout) as RunReport
    const unlike = labs.filter(({ status }) => status !== 'passed' && status !== 'skipped')
    expect(unlike.map(({ id, tasks, reason }) => ({ id, reason, tasks }))).toEqual([])
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
