import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Sandbox, TIMEOUT_MS } from './spawn-cli.ts'

const AT = '2026-11-21T08:00:00.000Z'
const PASSED = {
  tasks: { a: { passedAt: AT, by: 'hand' } },
  passedAt: AT,
  by: 'hand',
  attempts: 1,
  checks: 1,
  hints: 2,
  solves: 0,
}
const ANNA = JSON.stringify({ schema: 1, labs: { quota: PASSED } })

let sandbox: Sandbox
beforeEach(() => {
  sandbox = new Sandbox()
})
afterEach(() => sandbox[Symbol.dispose]())

function write(name: string, content: string | Buffer): void {
  writeFileSync(join(sandbox.cwd, name), content)
}

function read(name: string): string {
  return readFileSync(join(sandbox.cwd, name), 'utf8')
}

describe('report of files', { timeout: TIMEOUT_MS }, () => {
  it('shows a class, and writes the same as a page and as data', async () => {
    write('anna.json', ANNA)
    write('ben\u001B[31m\nb.json', '{"schema": 1, "labs": {}}')
    const files = ['anna.json', 'ben\u001B[31m\nb.json']
    const { exitCode, stdout } = await sandbox.run(['report', ...files, '--report', 'html=c.html', '--report', 'json=c.json'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^anna +1\/\d\d +1 +0 +2 +1 +2026-11-21 /m)
    expect(stdout).toMatch(/^ben b +0\/\d\d /m)
    expect(stdout).toMatch(/^quota +1\/2 +1 +0$/m)
    expect(read('c.html')).toContain('<th scope="row" title="ben b">ben b</th>')
    expect(read('c.json')).toBe((await sandbox.run(['report', ...files, '-o', 'json'])).stdout)
    expect(JSON.parse(read('c.json'))).toMatchObject({ schema: 1, learners: [{ name: 'anna', labs: { quota: 'hand' } }, {}] })
  })

  it('reads what the shells of Windows write', async () => {
    write('bom.json', `\uFEFF${ANNA}`)
    write('utf-16.json', Buffer.from(`\uFEFF${ANNA}`, 'utf16le'))
    const { stdout } = await sandbox.run(['report', 'bom.json', 'utf-16.json', '-o', 'json'])
    expect(JSON.parse(stdout)).toMatchObject({ labs: [{ id: 'quota', passed: 2 }] })
  })

  it.each([
    { what: 'a file that is missing', file: 'none\u001B[31m.json', says: 'there is no file "none\\u001b[31m.json": ' },
    { what: 'a folder', file: 'folder', says: 'the file "folder" cannot be read (EISDIR): ' },
    { what: 'a file that is not JSON', file: 'b.json', content: '\u001B[31m', says: 'the file "b.json" is not JSON: ' },
    {
      what: 'the report of a run',
      file: 'b.json',
      content: '{"schema": 1, "labs": []}',
      says: 'the file "b.json" is no progress report of statelab ("labs: ',
    },
    {
      what: 'a newer schema',
      file: 'b.json',
      content: '{"schema": 2, "labs": {}}',
      says: 'the file "b.json" was written by a newer statelab (schema 2, this one knows 1): ',
    },
    {
      what: 'two files of one name',
      file: 'folder/anna.json',
      content: ANNA,
      says: 'two files are for a learner "anna": "anna.json" and "folder/anna.json": ',
    },
    {
      what: 'to replace what it reads',
      file: 'anna.json',
      flags: ['--report', 'json=folder/../anna.json'],
      says: 'the report would replace "anna.json", which it is made from: ',
    },
    {
      what: 'a format of runs',
      file: 'anna.json',
      flags: ['--report', 'junit=j.xml'],
      says: 'there is no report format "junit": use one of json, html',
    },
  ])('refuses $what in one line, and writes nothing', async ({ file, content, flags = [], says }) => {
    mkdirSync(join(sandbox.cwd, 'folder'))
    write('anna.json', ANNA)
    if (content !== undefined) write(file, content)
    const before = sandbox.files()
    const named = [...new Set(['anna.json', file])]
    const { exitCode, stdout, stderr } = await sandbox.run(['report', ...named, '--report', 'html=c.html', ...flags])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr.startsWith(`error: ${says}`), stderr).toBe(true)
    expect(stderr.indexOf('\n')).toBe(stderr.length - 1)
    expect(sandbox.files()).toEqual(before)
  })
})

describe("report of one's own", { timeout: TIMEOUT_MS }, () => {
  it('writes what is handed in, and a page', async () => {
    mkdirSync(sandbox.home)
    writeFileSync(join(sandbox.home, 'progress.json'), ANNA)
    const { exitCode, stdout } = await sandbox.run(['report', '--report', 'json=me.json', '--report', 'html=me.html'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^quota +/m)
    expect(JSON.parse(read('me.json'))).toEqual(JSON.parse(ANNA))
    expect(read('me.html')).toContain('<th scope="row" title="this machine">this machine</th>')
    expect((await sandbox.run(['report', 'me.json'])).stdout).toMatch(/^me +1\//m)
  })
})
