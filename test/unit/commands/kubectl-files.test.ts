import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withFilesOnStdin } from '../../../scripts/commands/kubectl-files.ts'

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'statelab-kubectl-'))
  writeFileSync(join(cwd, 'a.yaml'), 'a: 1\n')
  mkdirSync(join(cwd, 'folder', 'deeper'), { recursive: true })
  writeFileSync(join(cwd, 'folder', '2.yml'), 'two: 2\n')
  writeFileSync(join(cwd, 'folder', '1.yaml'), 'one: 1\n')
  writeFileSync(join(cwd, 'folder', 'notes.txt'), 'no manifest')
  writeFileSync(join(cwd, 'folder', 'deeper', '3.yaml'), 'three: 3\n')
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

describe('withFilesOnStdin', () => {
  it.each([
    [['apply', '-f', 'a.yaml']],
    [['apply', '-fa.yaml']],
    [['apply', '-f=a.yaml']],
    [['apply', '--filename', 'a.yaml']],
    [['apply', '--filename=a.yaml']],
  ])('reads the file of %o', (args) => {
    expect(withFilesOnStdin(args, cwd)).toEqual({ args: ['apply', '-f', '-'], input: 'a: 1\n' })
  })

  it('keeps the other arguments, and puts several files one after another', () => {
    expect(withFilesOnStdin(['-n', 'x', 'delete', '-f', 'a.yaml', '--wait=false', '-f', 'folder'], cwd)).toEqual({
      args: ['-n', 'x', 'delete', '--wait=false', '-f', '-'],
      input: 'a: 1\n\n---\none: 1\n\n---\ntwo: 2\n',
    })
  })

  it.each([
    [['logs', '-f', 'redis-0']],
    [['get', 'pods']],
    [['apply', '-f', '-']],
    [['apply', '-f', 'https://example.org/a.yaml']],
    [['exec', 'p', '--', 'tail', '-f', 'x']],
  ])('leaves %o as it is', (args) => {
    expect(withFilesOnStdin(args, cwd)).toBeUndefined()
  })

  it('calls a file that is missing bad input', () => {
    expect(() => withFilesOnStdin(['apply', '-f', 'none.yaml'], cwd)).toThrow(
      expect.objectContaining({ code: 'bad-input', message: expect.stringContaining('none.yaml') }),
    )
  })
})
