import { main } from '../../scripts/commands/main.ts'
import { PROJECT } from '../../scripts/commands/project.ts'
import { createEngine } from '../../scripts/commands/real-engine.ts'
import type { CommandRunner } from '../../scripts/process/command-runner.ts'
import type { Output } from '../../scripts/report/output.ts'

export interface CommandAsked {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
}

export interface CommandAnswer {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** The programs that the command would have run. */
  readonly programs: readonly string[]
}

// One process for many command lines: to start one takes longer than what most of them do. It is a plain one, because
// Vitest replaces Node's module loader by its own, and labs are loaded by Node's.
process.on('message', async (asked: CommandAsked) => {
  process.send?.(await answer(asked))
})

async function answer({ argv, env, cwd }: CommandAsked): Promise<CommandAnswer> {
  const written = { stdout: '', stderr: '' }
  const output = (stream: keyof typeof written): Output => ({
    write: (text) => {
      written[stream] += text
    },
    isTerminal: false,
    columns: undefined,
  })
  const programs: string[] = []
  const runner: CommandRunner = {
    run: (file, args) => {
      programs.push([file, ...args].join(' '))
      return Promise.reject(new Error(`${file} is not to be run`))
    },
  }
  const io = {
    ...{ stdout: output('stdout'), stderr: output('stderr'), terminal: undefined, stdinIsTerminal: false, keyboard: undefined },
    ...{ self: ['node', 'cli.ts'] as const, env, cwd, platform: process.platform, signal: new AbortController().signal, runner },
  }
  const exitCode = await main(argv, { io, engine: createEngine({ runner, root: PROJECT.root }), version: PROJECT.version })
  return { exitCode, ...written, programs }
}
