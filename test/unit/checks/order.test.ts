import { describe, expect, test } from 'vitest'
import { createdInOrder, neverTwice, removedInOrder, replacedInOrder } from '../../../scripts/checks/order.ts'
import type { PodMoment } from '../../../scripts/checks/pod-record.ts'
import { StatefulSetWorld } from '../../helpers/statefulset-world.ts'

const context = new StatefulSetWorld().context()

/** `'0 there, 0 ready, 1 created'`: one second apart; a letter tells two Pods of one name apart (`1b`). */
function history(told: string): PodMoment[] {
  return told.split(', ').map((entry, index) => {
    const [, ordinal, uid, what] = /^(\d)(\w?) (\w+)$/.exec(entry) ?? []
    return {
      at: new Date(index * 1_000),
      pod: `web-${ordinal}`,
      ordinal: Number(ordinal),
      uid: `${ordinal}${uid}`,
      what: what as PodMoment['what'],
    }
  })
}

describe('createdInOrder', () => {
  test('is met when each was made once the one before was ready, and tells when', () => {
    const fact = createdInOrder(context, history('0 created, 0 ready, 1 created, 1 ready'), [0, 1])
    expect(fact).toMatchObject({
      holds: true,
      observed: '-0 created 00:00:00.000, -0 ready 00:00:01.000, -1 created 00:00:02.000, -1 ready 00:00:03.000',
      command: 'kubectl -n lab-try get pods --watch --output-watch-events',
    })
  })

  test('takes a Pod for ready that has been, though its probe was late since', () => {
    expect(createdInOrder(context, history('0 there, 0 ready, 0 unready, 1 created'), [1]).holds).toBe(true)
  })

  test.each([
    ['one was made too early', '0 created, 1 created, 0 ready, 1 ready'],
    ['they were made backwards', '1 created, 1 ready, 0 created, 0 ready'],
    ['the one before was ending', '0 there, 0 ready, 0 ending, 1 created'],
    ['one was left out', '0 created, 0 ready, 2 created'],
    ['one was not made', '0 created, 0 ready'],
  ])('is refused when %s', (_why, told) => {
    expect(createdInOrder(context, history(told), [0, 1]).holds).toBe(false)
  })
})

describe('removedInOrder', () => {
  test('is met when each was ended once all above it were gone', () => {
    const told = '0 there, 1 there, 2 there, 2 ending, 2 gone, 1 ending, 1 gone'
    expect(removedInOrder(context, history(told), [1, 2]).holds).toBe(true)
  })

  test.each([
    ['two were ending at a time', '1 there, 2 there, 2 ending, 1 ending, 2 gone, 1 gone'],
    ['the lower one went first', '1 there, 2 there, 1 ending, 1 gone, 2 ending, 2 gone'],
    ['one has stayed', '1 there, 2 there, 2 ending, 2 gone'],
  ])('is refused when %s', (_why, told) => {
    expect(removedInOrder(context, history(told), [1, 2]).holds).toBe(false)
  })
})

describe('replacedInOrder', () => {
  const start = '0 there, 0 ready, 1 there, 1 ready, '

  test('is met when each was ended while all others were ready', () => {
    const told = `${start}1 ending, 1 gone, 1b created, 1b ready, 0 ending, 0 gone, 0b created, 0b ready`
    expect(replacedInOrder(context, history(told), [0, 1]).holds).toBe(true)
  })

  test.each([
    ['the next went before the new one was ready', `${start}1 ending, 1 gone, 1b created, 0 ending, 0 gone, 0b created`, [0, 1]],
    ['the next went before there was a new one', `${start}1 ending, 1 gone, 0 ending, 0 gone, 0b created, 1b created`, [0, 1]],
    ['it went from the lowest', `${start}0 ending, 0 gone, 0b created, 0b ready, 1 ending, 1 gone, 1b created`, [0, 1]],
    ['one below the partition was replaced', `${start}1 ending, 1 gone, 1b created, 1b ready, 0 ending, 0 gone, 0b created`, [1]],
    ['one was left', `${start}1 ending, 1 gone, 1b created, 1b ready`, [0, 1]],
  ])('is refused when %s', (_why, told, ordinals) => {
    expect(replacedInOrder(context, history(told), ordinals).holds).toBe(false)
  })
})

describe('neverTwice', () => {
  test('is met while the next one comes after the last was gone', () => {
    expect(neverTwice(context, history('0 there, 0 ending, 0 gone, 0b created')).holds).toBe(true)
  })

  test('is refused when there are two of one name', () => {
    expect(neverTwice(context, history('0 there, 0 ending, 0b created, 0 gone')).holds).toBe(false)
  })
})
