import { describe, expect, test } from 'vitest'
import type { Lab, SolutionStep } from '../../../scripts/catalog/lab.ts'
import { type Check, met } from '../../../scripts/checks/check.ts'
import { StatelabError } from '../../../scripts/errors.ts'
import { proveLab } from '../../../scripts/runner/prove-lab.ts'
import type { LabResult } from '../../../scripts/runner/result.ts'
import { statementsOf } from '../../../scripts/runner/statements.ts'
import { CONFIG_MAP, type LabFixture, labFixture, scripted, task, text } from '../../helpers/lab-fixture.ts'

const APPLY: SolutionStep = { apply: 'settings.yaml', why: text('Settings') }
const FILES = {
  'solution/settings.yaml': CONFIG_MAP,
  'wrong/other.yaml': CONFIG_MAP.replace('settings', 'other'),
}

/** Met once there is a ConfigMap of this name in the lab's namespace; shows evidence. */
function configMap(name: string, more: Partial<Check> = {}): Check {
  return {
    ...scripted(name, false),
    async run({ kube, namespace, signal }) {
      const found = await kube.get({ apiVersion: 'v1', kind: 'ConfigMap', name, namespace }, signal)
      const evidence = { expected: name, observed: found ? name : 'none', command: 'kubectl get cm' }
      return { met: found !== undefined, message: found ? 'there' : 'not there', evidence: [evidence] }
    },
    ...more,
  }
}

const RIGHT: Partial<Lab> = {
  tasks: [task('one', configMap('settings'))],
  solution: [APPLY],
  wrong: [{ id: 'other', refusedBy: 'one', steps: [{ apply: 'other.yaml', why: text('Another') }] }],
}

/** Each statement with its verdict, and each check that does not hold with what it says. */
function verdicts({ tasks }: LabResult): string[] {
  return tasks.flatMap(({ id, status, checks }) => [
    `${id} ${status}`,
    ...checks.filter((check) => check.status !== 'passed').map((check) => `  ${check.id}: ${check.message}`),
  ])
}

function endContentsWithNamespace({ kube }: LabFixture): void {
  kube.onDelete = (ref) => {
    kube.remove(ref)
    if (ref.kind !== 'Namespace') return
    for (const name of ['settings', 'other', 'shared'])
      kube.remove({ apiVersion: 'v1', kind: 'ConfigMap', name, namespace: ref.name })
  }
}

async function prove(definition: Partial<Lab>, arrange: (fixture: LabFixture) => void = () => {}): Promise<LabResult> {
  await using fixture = await labFixture({ ...RIGHT, ...definition }, FILES)
  endContentsWithNamespace(fixture)
  arrange(fixture)
  return await proveLab(fixture.lab, fixture.context)
}

describe('proveLab', () => {
  test('a lab whose checks can be trusted is proven', async () => {
    const result = await prove({})
    expect(verdicts(result)).toEqual(['start passed', 'solution passed', 'reset passed', 'wrong-other passed'])
    expect(result).toMatchObject({ id: 'try', status: 'passed' })
  })

  test('a check that is green before anything was done', async () => {
    const always = { ...scripted('always', true), run: async () => met('so', { expected: 'a', observed: 'a', command: 'true' }) }
    expect(verdicts(await prove({ tasks: [task('one', always)] }))).toEqual([
      'start failed',
      '  one: task one is green, though nothing was done for it',
      'solution passed',
      'reset failed',
      '  one: task one is green, though nothing was done for it',
      'wrong-other failed',
      '  refused: task one accepts it',
    ])
  })

  test('a check that cannot look at what is not there yet', async () => {
    const broken = configMap('settings')
    const throwing = {
      ...broken,
      async run(context: Parameters<Check['run']>[0]) {
        const finding = await broken.run(context)
        if (!finding.met) throw new StatelabError('not-found', 'no Pod to look into')
        return finding
      },
    }
    const result = await prove({ tasks: [task('one', throwing)] })
    expect(result.status).toBe('error')
    expect(verdicts(result).slice(0, 2)).toEqual(['start error', '  one: task one could not be checked: no Pod to look into'])
    expect(verdicts(result)).toContain('wrong-other error')
  })

  test('a solution that does not solve', async () => {
    const solution = [{ apply: 'shared.yaml', why: text('Not it') }]
    await using fixture = await labFixture(
      { ...RIGHT, solution },
      { ...FILES, 'solution/shared.yaml': CONFIG_MAP.replace('settings', 'shared') },
    )
    expect(verdicts(await proveLab(fixture.lab, fixture.context)).slice(1, 3)).toEqual([
      'solution failed',
      '  one/settings: not there',
    ])
  })

  test('a solution whose step breaks leaves the other statements to be proven', async () => {
    const exec = { exec: { pod: 'a', command: ['false'] }, why: text('Breaks') }
    const result = await prove({ solution: [APPLY, exec] }, ({ kube }) => {
      kube.onExec = () => ({ exitCode: 1, stdout: '', stderr: 'no' })
      kube.get = async () => {
        throw new StatelabError('kubernetes-failed', 'the API is away')
      }
    })
    expect(verdicts(result).filter((line) => line.startsWith('solution'))).toEqual(['solution error'])
    expect(result.tasks.map(({ id }) => id)).toEqual(['start', 'solution', 'reset', 'wrong-other'])
  })

  test('a check that shows nothing for what it says', async () => {
    const silent = configMap('settings')
    const run: Check['run'] = async (context) => ({ ...(await silent.run(context)), evidence: [] })
    expect(verdicts(await prove({ tasks: [task('one', { ...silent, run })] }))).toContain(
      '  one/settings: it is green, but shows no evidence: there',
    )
  })

  test('a probe that never ran would be no proof: what was proven before does not count', async () => {
    let runs = 0
    const base = configMap('settings')
    const probe = configMap('probe', {
      kind: 'probe',
      run: async (context) => {
        runs++
        return base.run(context)
      },
      proven: async (context) => base.run(context),
    })
    await prove({ tasks: [task('one', base, probe)] })
    expect(runs).toBe(1)
  })

  test('what a lab leaves behind', async () => {
    const result = await prove({}, ({ directories }) => directories.push('lab-try-data-pvc-1'))
    expect(verdicts(result)).toEqual([
      'start passed',
      'solution passed',
      'reset failed',
      '  clean: still there: export directory lab-try-data-pvc-1',
      'wrong-other failed',
      '  clean: still there: export directory lab-try-data-pvc-1',
    ])
  })

  test('every variant is proven by itself, and each wrong solution in its own', async () => {
    const definition = {
      variants: ['a', 'b'],
      wrong: [{ id: 'other', refusedBy: 'one', variant: 'b', steps: [{ apply: 'other.yaml', why: text('Another') }] }],
    }
    const result = await prove(definition)
    expect(result.tasks.map(({ id }) => id)).toEqual([
      'start-a',
      'solution-a',
      'reset-a',
      'start-b',
      'solution-b',
      'reset-b',
      'wrong-other',
    ])
    expect(result.status).toBe('passed')
  })

  test('a lab that cannot run here is skipped, with the reason', async () => {
    expect(await prove({ kubernetes: '>=9.9' })).toMatchObject({
      status: 'skipped',
      reason: /needs Kubernetes >=9\.9/,
      tasks: [],
    })
  })

  test('an interruption leaves nothing behind', async () => {
    const controller = new AbortController()
    const stops = scripted('stops', () => {
      controller.abort(new StatelabError('interrupted', 'interrupted by SIGINT'))
      return false
    })
    await using fixture = await labFixture({ ...RIGHT, tasks: [task('one', stops)] }, FILES)
    await expect(proveLab(fixture.lab, { ...fixture.context, signal: controller.signal })).rejects.toThrow(
      'interrupted by SIGINT',
    )
    expect(fixture.kube.peek({ apiVersion: 'v1', kind: 'Namespace', name: 'lab-try' })).toBeUndefined()
  })
})

describe('statementsOf', () => {
  test('names every statement in the learner’s languages', async () => {
    await using fixture = await labFixture({ ...RIGHT, variants: ['a', 'b'] })
    const titles = statementsOf(fixture.lab).map(({ title }) => title)
    expect(titles[0]).toEqual({ en: 'No task is green after the start (variant a)', zh: '刚开始时没有任务通过（变体 a）' })
    expect(titles.at(-1)?.en).toBe('Task one refuses the wrong solution other')
  })
})
