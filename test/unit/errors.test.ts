import { describe, expect, it } from 'vitest'
import {
  badInput,
  type ErrorCode,
  exitCodeOf,
  fixOf,
  messageOf,
  prerequisiteMissing,
  StatelabError,
} from '../../scripts/errors.ts'
import { CommandFailedError } from '../../scripts/process/command-runner.ts'

describe('exitCodeOf', () => {
  it.each<readonly [ErrorCode, number]>([
    ['bad-input', 2],
    ['lab-invalid', 2],
    ['prerequisite-missing', 3],
    ['interrupted', 130],
    ['timed-out', 1],
    ['command-failed', 1],
    ['kubernetes-failed', 1],
    ['image-failed', 1],
    ['not-found', 1],
    ['operation-failed', 1],
  ])('for %s is %i', (code, exitCode) => {
    expect(exitCodeOf(new StatelabError(code, 'x'))).toBe(exitCode)
  })

  it('goes by the code, not by the class', () => {
    expect(exitCodeOf(new CommandFailedError({ command: 'x', exitCode: 3, stderr: '', notFound: false }))).toBe(1)
  })

  it.each([new Error('x'), new TypeError('x'), 'x', undefined, null, { code: 'bad-input' }])(
    'for %j, which is no error of ours, is 1',
    (thrown) => {
      expect(exitCodeOf(thrown)).toBe(1)
    },
  )
})

describe('StatelabError', () => {
  it('carries the code, the fix and the cause', () => {
    const cause = new Error('why')
    expect(prerequisiteMissing('no Docker', 'apt-get install docker.io', cause)).toMatchObject({
      name: 'StatelabError',
      code: 'prerequisite-missing',
      message: 'no Docker',
      fix: 'apt-get install docker.io',
      cause,
    })
  })

  it('has no cause where there is none', () => {
    expect('cause' in badInput('x')).toBe(false)
    expect(badInput('x').fix).toBeUndefined()
  })
})

describe('messageOf', () => {
  it.each([
    [new Error('told'), 'told'],
    ['told', 'told'],
    [undefined, 'undefined'],
    [7, '7'],
  ])('reads anything that was thrown: %o', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message)
  })
})

describe('an error in several languages', () => {
  const error = badInput({ en: 'no such lab', zh: '没有这个实验' }, { en: 'see the list', zh: '请看列表' })

  it('is English to a program', () => {
    expect(error).toMatchObject({ message: 'no such lab', fix: 'see the list' })
  })

  it('is told in the language asked for, and as it is where it has only one', () => {
    expect([messageOf(error, 'zh'), fixOf(error, 'zh')]).toEqual(['没有这个实验', '请看列表'])
    expect([messageOf(badInput('x', 'y'), 'zh'), fixOf(badInput('x', 'y'), 'zh')]).toEqual(['x', 'y'])
    expect(fixOf(new Error('x'), 'zh')).toBeUndefined()
  })
})
