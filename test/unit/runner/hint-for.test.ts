import { describe, expect, test } from 'vitest'
import { checkLab } from '../../../scripts/runner/check-lab.ts'
import { hintFor, hintsFor } from '../../../scripts/runner/hint-for.ts'
import { startLab } from '../../../scripts/runner/start-lab.ts'
import { labFixture, scripted, task, text } from '../../helpers/lab-fixture.ts'

describe('hintFor', () => {
  const hints = (first: boolean) => [
    { text: text('general') },
    { when: scripted('w1', first), text: text('first') },
    { when: scripted('w2', true), text: text('second') },
  ]

  test.each([
    [true, 'first'],
    [false, 'second'],
  ])('is the first whose condition is met, before every general one', async (first, expected) => {
    await using fixture = await labFixture({
      tasks: [task('one', scripted('a', true)), { ...task('two', scripted('b', false)), hints: hints(first) }],
    })
    await startLab(fixture.lab, fixture.context)
    expect((await hintFor(fixture.lab, fixture.context))?.text.en).toBe(expected)
  })

  test('comes with its task and with the general ones; what cannot be looked at does not fit', async () => {
    const blind = { when: scripted('w3', () => Promise.reject(new Error('no such Pod'))), text: text('cannot be looked at') }
    await using fixture = await labFixture({
      tasks: [{ ...task('one', scripted('a', false)), hints: [blind, ...hints(true), { text: text('last') }] }],
    })
    await startLab(fixture.lab, fixture.context)
    const found = await hintsFor(fixture.lab, fixture.context)
    expect(found?.task).toBe('one')
    expect(found?.hints.map((hint) => hint.text.en)).toEqual(['first', 'general', 'last'])
  })

  test('goes on to the next task once a probe has shown one, and comes back when that task breaks', async () => {
    let intact = true
    const seen = scripted('seen', () => Promise.resolve(intact))
    const probed = { ...task('one', seen), checks: [seen, scripted('probe', true, { kind: 'probe' })] }
    await using fixture = await labFixture({ tasks: [probed, task('two', scripted('b', false))] })
    await startLab(fixture.lab, fixture.context)
    const hinted = async () => (await hintsFor(fixture.lab, fixture.context))?.task
    expect(await hinted()).toBe('one')
    await checkLab(fixture.lab, fixture.context, { probes: true })
    expect(await hinted()).toBe('two')
    intact = false
    expect(await hinted()).toBe('one')
  })

  test('is the general one when nothing fits, and none when everything is green', async () => {
    await using fixture = await labFixture({ tasks: [task('one', scripted('a', false))] })
    await startLab(fixture.lab, fixture.context)
    expect((await hintFor(fixture.lab, fixture.context))?.text.zh).toBe('about one（中）')
    expect(await hintFor({ ...fixture.lab, tasks: [task('one', scripted('a', true))] }, fixture.context)).toBeUndefined()
  })
})
