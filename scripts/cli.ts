#!/usr/bin/env node
import './no-hang-at-exit.ts'
import { fileURLToPath } from 'node:url'
import type { Io } from './commands/io.ts'
import { createKeyboard } from './commands/keyboard.ts'
import { main, reportError } from './commands/main.ts'
import { PROJECT } from './commands/project.ts'
import { createEngine } from './commands/real-engine.ts'
import { StatelabError } from './errors.ts'
import type { CommandRunner } from './process/command-runner.ts'
import type { Output } from './report/output.ts'
import { LEAVE_SCREEN } from './report/screen.ts'

/**
 * The first signal asks the command to stop and tidy up, which it does under a deadline of its own; the second ends
 * the process at once.
 */
function abortOnSignals(abort: (signal: NodeJS.Signals) => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, abort)
}

function abortWith(signal: NodeJS.Signals): void {
  if (controller.signal.aborted) endNow()
  const message = { en: `interrupted by ${signal}`, zh: `被 ${signal} 中断` }
  controller.abort(new StatelabError('interrupted', message))
}

function endNow(): never {
  if (process.stderr.isTTY) process.stderr.write(LEAVE_SCREEN)
  process.exit(130)
}

/** A reader that went away (`statelab list | head -1`) is no failure; a command that would write for ever ends. */
function outputOf(stream: NodeJS.WriteStream, onReaderGone: () => void): Output {
  let gone = false
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    gone = true
    onReaderGone()
  })
  return {
    write: (text) => {
      if (!gone) stream.write(text)
    },
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns
    },
  }
}

/** Open handles (a watch, a pooled connection) must not keep a finished command waiting; its output must be out first. */
async function exit(code: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))))
  process.exit(code)
}

/** Loading execa takes longer than `list` and `--help` as a whole, and they run no program. */
const runner: CommandRunner = {
  run: async (file, args, options) => (await import('./process/execa-runner.ts')).execaRunner.run(file, args, options),
}
const controller = new AbortController()
abortOnSignals(abortWith)
const io: Io = {
  stdout: outputOf(process.stdout, () => controller.abort(new StatelabError('interrupted', 'the reader of the output has gone'))),
  stderr: outputOf(process.stderr, () => {}),
  terminal: process.stderr.isTTY ? process.stderr : undefined,
  stdinIsTerminal: process.stdin.isTTY === true,
  // A terminal that hands over single keys does not turn Ctrl-C into a signal.
  keyboard: process.stdin.isTTY ? createKeyboard(process.stdin, () => abortWith('SIGINT')) : undefined,
  self: [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)],
  env: process.env,
  cwd: process.cwd(),
  platform: process.platform,
  signal: controller.signal,
  runner,
}
// A defect outside every promise: it ends the process, in the form of any other error.
process.on('uncaughtException', (error) => {
  if (process.stderr.isTTY) process.stderr.write(LEAVE_SCREEN)
  process.exit(reportError(error, process.argv.slice(2), io))
})

const engine = createEngine({ runner, root: PROJECT.root })
await exit(await main(process.argv.slice(2), { io, engine, version: PROJECT.version }))
