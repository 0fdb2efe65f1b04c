import { describe, expect, it } from 'vitest'
import { GoBuildInfoScanner } from '../../../../scripts/images/sbom/go-build-info.ts'
import { goProgram } from './image-archive.ts'

const LINES = [
  'path\texample.org/own/cmd',
  'mod\texample.org/own\t(devel)\t',
  'dep\tgolang.org/x/sys\tv0.47.0\th1:x=',
  'dep\tk8s.io/api\tv0.0.0',
  '=>\tk8s.io/api\tv0.36.3\th1:y=',
  'build\t-trimpath=true',
]
const MODULES = [
  { path: 'example.org/own' },
  { path: 'golang.org/x/sys', version: 'v0.47.0' },
  { path: 'k8s.io/api', version: 'v0.36.3' },
]

function scan(program: Buffer, pieceSize = program.length) {
  const scanner = new GoBuildInfoScanner()
  for (let at = 0; at < program.length; at += pieceSize) scanner.push(program.subarray(at, at + pieceSize))
  return scanner.found
}

describe('GoBuildInfoScanner', () => {
  it('finds the compiler and the modules, replaced ones as they were replaced', () => {
    expect(scan(goProgram(LINES))).toEqual({ go: '1.26.8', modules: MODULES })
  })

  it.each([1, 3, 16, 61, 1000])('finds them in pieces of %i bytes', (size) => {
    expect(scan(goProgram(LINES, { padding: 999 }), size)?.modules).toEqual(MODULES)
  })

  it('passes over bytes that only look like the beginning', () => {
    const constant = Buffer.from('\x7fELF.....\xff Go buildinf:is a constant of programs that look for it', 'latin1')
    expect(scan(Buffer.concat([constant, goProgram(LINES)]), 7)?.modules).toEqual(MODULES)
  })

  it('finds nothing in what is no program, is none of Go, or ends too early', () => {
    expect(scan(goProgram(LINES).subarray(4))).toBeUndefined()
    expect(scan(Buffer.from('\x7fELF and nothing of Go', 'latin1'))).toBeUndefined()
    expect(scan(goProgram(LINES).subarray(0, 80))).toBeUndefined()
  })
})
