import { describe, expect, it } from 'vitest'
import { badInput, StatelabError } from '../../../scripts/errors.ts'
import { createTranslate } from '../../../scripts/messages/translate.ts'
import { renderError } from '../../../scripts/report/errors.ts'
import { renderJsonError } from '../../../scripts/report/json.ts'
import { createStyle } from '../../../scripts/report/style.ts'

const options = { t: createTranslate('en'), style: createStyle(false) }

describe('renderError', () => {
  it('puts bad input on one line, what to change included', () => {
    expect(renderError(badInput('"A" is no name', 'use small letters'), { ...options, logPath: '/x.log' })).toBe(
      'error: "A" is no name: use small letters\n',
    )
  })

  it('sets several problems of a lab below each other, under one label', () => {
    expect(renderError(new StatelabError('lab-invalid', 'a.ts: id\nb.ts: title'), options)).toBe(
      'error: a.ts: id\n       b.ts: title\n',
    )
  })

  it('says what happened, why, what to do, and where the log is', () => {
    const error = new StatelabError('operation-failed', 'the node did not join', {
      fix: 'statelab logs',
      cause: new Error('etcd has no space\nsecond'),
    })
    expect(renderError(error, { ...options, logPath: '/x.log' })).toBe(
      'error: the node did not join\n  cause: etcd has no space\n  fix: statelab logs\n  log: /x.log\n',
    )
  })

  it('tells every failure of several, but nothing twice', () => {
    const cause = new AggregateError([new Error('did not join'), new Error('cleaning up failed')])
    expect(renderError(new StatelabError('operation-failed', 'the node did not join', { cause }), options)).toBe(
      'error: the node did not join\n  cause: cleaning up failed\n',
    )
  })

  it('calls anything else a defect of the tool, without a stack', () => {
    const text = renderError(new TypeError('x is undefined'), options)
    expect(text).toMatch(/^error: internal error: x is undefined\n {2}fix: .*STATELAB_DEBUG=1/)
    expect(text).not.toContain('at ')
  })
})

describe('renderJsonError', () => {
  it('has the documented shape', () => {
    expect(JSON.parse(renderJsonError(badInput('wrong', 'do right')))).toEqual({
      schema: 1,
      error: { code: 'bad-input', message: 'wrong', fix: 'do right' },
    })
    expect(JSON.parse(renderJsonError(new Error('oh')))).toEqual({ schema: 1, error: { code: 'internal-error', message: 'oh' } })
  })
})
