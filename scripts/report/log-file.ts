import { randomUUID } from 'node:crypto'
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { ProgressEvent } from '../events.ts'

const KEPT = 20

/** Everything that happened in one run of one command, line by line, with times. */
export interface LogFile {
  readonly path: string
  readonly handle: (event: ProgressEvent) => void
  readonly write: (text: string) => void
  close(): void
}

/**
 * Makes the log of a command, readable by its owner only, and removes the oldest logs.
 *
 * @param folder where logs are kept; made when missing.
 * @returns `undefined` when no file can be made: a full or read-only disk must not keep a command from running.
 */
export function openLogFile(folder: string, command: string, now: () => Date = () => new Date()): LogFile | undefined {
  const stamp = now().toISOString().replaceAll(':', '').replace('T', '-').slice(0, 17)
  const path = join(folder, `${command}-${stamp}-${randomUUID().slice(0, 4)}.log`)
  let file: number
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    file = openSync(path, 'a', 0o600)
    chmodSync(path, 0o600)
  } catch {
    return undefined
  }
  removeOldest(folder)
  let closed = false
  const write = (text: string): void => {
    if (closed) return
    try {
      writeSync(file, `${text.replaceAll(/^/gm, `${now().toISOString()} `)}\n`)
    } catch {
      // The disk is full or gone. The command's own error will say so, and matters more than this log.
    }
  }
  return {
    path,
    write,
    handle: (event) => write(describe(event)),
    close: () => {
      if (!closed) closeSync(file)
      closed = true
    },
  }
}

function describe(event: ProgressEvent): string {
  switch (event.type) {
    case 'step-started':
      return `start ${event.parent === undefined ? '' : `${event.parent} > `}${event.id}: ${event.title}`
    case 'step-progress':
      return `  ... ${event.id}: ${event.line}`
    case 'step-finished':
      return `${event.outcome} ${event.id} after ${Math.round(event.durationMs)} ms${event.detail === undefined ? '' : `: ${event.detail}`}`
    case 'note':
      return `${event.level}: ${event.text}`
  }
}

function removeOldest(folder: string): void {
  try {
    const logs = readdirSync(folder).filter((name) => name.endsWith('.log'))
    const byAge = logs.sort((a, b) => stampOf(b).localeCompare(stampOf(a)))
    for (const name of byAge.slice(KEPT)) rmSync(join(folder, name), { force: true })
  } catch {
    // Another command tidies the same folder at this moment, and wins.
  }
}

/** The time in a log's name: names begin with the command, so they do not sort by age as they are. */
function stampOf(name: string): string {
  return /\d{4}-\d{2}-\d{2}-\d{6}/.exec(name)?.[0] ?? ''
}
