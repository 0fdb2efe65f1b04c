import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLogFile } from '../../../scripts/report/log-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'statelab-log-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const now = (): Date => new Date('2026-11-21T03:04:05.678Z')

describe('openLogFile', () => {
  it('writes every event with its time', () => {
    const log = openLogFile(join(folder, 'logs'), 'up', now)!
    log.handle({ type: 'step-started', id: 'nfs', title: 'Start the NFS server', parent: 'all' })
    log.handle({ type: 'step-progress', id: 'nfs', line: 'waiting' })
    log.handle({ type: 'step-finished', id: 'nfs', outcome: 'failed', durationMs: 12.6, detail: 'no\nway' })
    log.handle({ type: 'note', level: 'warning', text: 'careful' })
    log.close()
    expect(readFileSync(log.path, 'utf8')).toBe(`\
2026-11-21T03:04:05.678Z start all > nfs: Start the NFS server
2026-11-21T03:04:05.678Z   ... nfs: waiting
2026-11-21T03:04:05.678Z failed nfs after 13 ms: no
2026-11-21T03:04:05.678Z way
2026-11-21T03:04:05.678Z warning: careful
`)
  })

  it('is for its owner only', () => {
    const log = openLogFile(join(folder, 'logs'), 'up', now)!
    expect(statSync(log.path).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'logs')).mode & 0o777).toBe(0o700)
    log.close()
  })

  it('keeps the last 20, whatever command they are of, and touches no other file', () => {
    writeFileSync(join(folder, 'notes.txt'), '')
    for (let minute = 0; minute < 25; minute++) {
      const at = new Date(Date.UTC(2026, 0, 1, 0, minute))
      openLogFile(folder, minute % 2 === 0 ? 'up' : 'check', () => at)!.close()
    }
    const names = readdirSync(folder)
    expect(names.filter((name) => name.endsWith('.log'))).toHaveLength(20)
    expect(names.some((name) => name.includes('2026-01-01-0004'))).toBe(false)
    expect(names.some((name) => name.includes('2026-01-01-0005'))).toBe(true)
    expect(names).toContain('notes.txt')
  })

  it('does without where no file can be made', () => {
    writeFileSync(join(folder, 'logs'), 'a file, not a folder')
    expect(openLogFile(join(folder, 'logs'), 'up', now)).toBeUndefined()
  })

  it('takes nothing after it was closed', () => {
    const log = openLogFile(folder, 'up', now)!
    log.close()
    log.close()
    log.write('late')
    expect(readFileSync(log.path, 'utf8')).toBe('')
  })
})
