import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../scripts/catalog/load-catalog.ts'
import { labEnvironment } from '../../scripts/commands/lab-environment.ts'
import { PROJECT } from '../../scripts/commands/project.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import { checkLab } from '../../scripts/runner/check-lab.ts'
import { cleanLab, resetLab } from '../../scripts/runner/clean-lab.ts'
import { type LabContext, namespaceOf } from '../../scripts/runner/lab-context.ts'
import { runWrong } from '../../scripts/runner/run-lab.ts'
import { solveLab } from '../../scripts/runner/solve-lab.ts'
import { startLab } from '../../scripts/runner/start-lab.ts'
import { ENV, statelabOk } from './harness.ts'

const signal = new AbortController().signal
const environment = labEnvironment(ENV, execaRunner)
const context: LabContext = { environment, signal, emit: () => {}, language: 'en' }

/** The gate: what a lab has to prove before anybody learns from it. */
describe.each(await loadCatalog({ folders: [join(PROJECT.root, 'labs')] }))('lab $id', (lab) => {
  beforeAll(async () => {
    await statelabOk('up', '--name', ENV.name)
    await cleanLab(lab, context)
  })

  test('no task is green after start', async () => {
    await startLab(lab, context)
    const { tasks } = await checkLab(lab, context, { probes: true })
    expect(tasks.filter(({ status }) => status === 'passed')).toEqual([])
  })

  test('every task is green after the solution, with evidence for every check', async () => {
    await solveLab(lab, context)
    const result = await checkLab(lab, context, { probes: true, believe: false })
    expect(result.status, JSON.stringify(result.tasks, undefined, 2)).toBe('passed')
    for (const check of result.tasks.flatMap(({ checks }) => checks)) expect(check.evidence.length, check.id).toBeGreaterThan(0)
  })

  test('it is red again after reset, and nothing of the attempt is left', async () => {
    await resetLab(lab, context)
    const result = await checkLab(lab, context, { probes: true })
    expect(result.tasks.map(({ status }) => status)).not.toContain('passed')
    await cleanLab(lab, context)
    expect(await remains(namespaceOf(lab))).toEqual([])
  })

  test.each(lab.wrong)('task $refusedBy refuses the wrong solution $id', async (wrong) => {
    const { refused, task } = await runWrong(lab, wrong, context)
    expect(refused, JSON.stringify(task, undefined, 2)).toBe(true)
    await cleanLab(lab, context)
    expect(await remains(namespaceOf(lab))).toEqual([])
  })
})

/** The namespace, its volumes, and their directories on the export. */
async function remains(namespace: string): Promise<string[]> {
  const { kube } = environment
  const [found, volumes, directories] = await Promise.all([
    kube.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, signal),
    kube.list<{ spec?: { claimRef?: { namespace?: string } }; metadata?: { name?: string } }>(
      { apiVersion: 'v1', kind: 'PersistentVolume' },
      signal,
    ),
    environment.export.list('', signal),
  ])
  return [
    ...(found ? [namespace] : []),
    ...volumes.filter(({ spec }) => spec?.claimRef?.namespace === namespace).map(({ metadata }) => metadata?.name ?? ''),
    ...(directories ?? []).map(({ name }) => name).filter((name) => name.includes(namespace)),
  ]
}
