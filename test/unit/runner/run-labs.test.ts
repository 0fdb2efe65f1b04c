import { describe, expect, test } from 'vitest'
import type { Lab } from '../../../scripts/catalog/lab.ts'
import { StatelabError } from '../../../scripts/errors.ts'
import { namespaceOf } from '../../../scripts/runner/lab-context.ts'
import { VARIANT_ANNOTATION } from '../../../scripts/runner/lab-state.ts'
import { runLabs } from '../../../scripts/runner/run-labs.ts'
import { type LabFixture, labFixture, scripted, task, text } from '../../helpers/lab-fixture.ts'

function labs(fixture: LabFixture, ...definitions: (Partial<Lab> & { id: string })[]): Lab[] {
  return definitions.map((definition) => ({ ...fixture.lab, tasks: [task('one', scripted('a', true))], ...definition }))
}

function namespaceExists({ kube }: LabFixture, id: string): boolean {
  return kube.peek({ apiVersion: 'v1', kind: 'Namespace', name: namespaceOf({ id }) }) !== undefined
}

describe('runLabs', () => {
  test.each([1, 3])('a lab that breaks is a result, and the others run all the same (%i at once)', async (parallel) => {
    await using fixture = await labFixture({})
    const apply = fixture.kube.apply.bind(fixture.kube)
    fixture.kube.apply = async (objects, options) => {
      const broken = objects.some(({ metadata }) => metadata?.name === 'lab-broken')
      if (broken) throw new StatelabError('operation-failed', text('the API is full'), { fix: text('empty it') })
      await apply(objects, options)
    }
    const results = await runLabs(labs(fixture, { id: 'first' }, { id: 'broken' }, { id: 'last' }), fixture.context, { parallel })
    expect(results.map(({ id, status }) => `${id} ${status}`)).toEqual(['first passed', 'broken error', 'last passed'])
    expect(results[1]?.reason).toBe('the API is full\nempty it')
  })

  test('a lab runs in the variant asked for, else in its first, and the result names it', async () => {
    await using fixture = await labFixture({})
    const started: unknown[] = []
    const apply = fixture.kube.apply.bind(fixture.kube)
    fixture.kube.apply = async (objects, options) => {
      for (const { kind, metadata } of objects)
        if (kind === 'Namespace') started.push(metadata?.annotations?.[VARIANT_ANNOTATION])
      if (objects.some(({ metadata }) => metadata?.name === 'lab-broken')) throw new StatelabError('operation-failed', 'full')
      await apply(objects, options)
    }
    const several = { variants: ['a', 'b'] }
    const chosen = labs(
      fixture,
      { id: 'plain' },
      { id: 'first', ...several },
      { id: 'second', ...several },
      { id: 'broken', ...several },
    )
    const results = await runLabs(chosen, fixture.context, { variants: { second: 'b', broken: 'b' } })
    expect(results.map(({ variant }) => variant)).toEqual([undefined, 'a', 'b', 'b'])
    expect(started).toEqual([undefined, 'a', 'b', 'b'])
  })

  test('a defect of the tool says where it happened', async () => {
    await using fixture = await labFixture({})
    fixture.kube.apply = async () => {
      throw new TypeError('x is undefined')
    }
    const [result] = await runLabs(labs(fixture, { id: 'only' }), fixture.context)
    expect(result?.reason).toMatch(/^TypeError: x is undefined\n\s+at .*run-labs\.test\.ts/)
  })

  test('to fail fast leaves what comes after the first failure, and says so in the learner’s language', async () => {
    await using fixture = await labFixture({})
    const red = { id: 'red', tasks: [task('one', scripted('a', false))] }
    const context = { ...fixture.context, language: 'zh' } as const
    const results = await runLabs(labs(fixture, { id: 'green' }, red, { id: 'late' }), context, { failFast: true })
    expect(results.map(({ status }) => status)).toEqual(['passed', 'failed', 'skipped'])
    expect(results[2]?.reason).toBe('red 未通过，因此没有运行')
  })

  test('an interruption removes what every lab in work has left', async () => {
    await using fixture = await labFixture({})
    const controller = new AbortController()
    const hanging = (id: string) => ({
      id,
      tasks: [
        task(
          'one',
          scripted(id, async () => {
            begun.push(id)
            if (begun.length === 2) controller.abort(new StatelabError('interrupted', 'interrupted by SIGINT'))
            await new Promise((_, reject) => {
              controller.signal.addEventListener('abort', () => reject(controller.signal.reason))
              if (controller.signal.aborted) reject(controller.signal.reason)
            })
            return true
          }),
        ),
      ],
    })
    const begun: string[] = []
    const run = runLabs(
      labs(fixture, hanging('a'), hanging('b'), { id: 'c' }),
      { ...fixture.context, signal: controller.signal },
      { parallel: 2 },
    )
    await expect(run).rejects.toThrow('interrupted by SIGINT')
    expect(begun.sort()).toEqual(['a', 'b'])
    expect(['a', 'b', 'c'].filter((id) => namespaceExists(fixture, id))).toEqual([])
  })
})
