import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../../scripts/cli.ts', import.meta.url))

/** A process takes its time to start while other tests have the processors. */
export const TIMEOUT_MS = 60_000

export interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A home, a working folder and a `docker` of its own, which writes down how it was called. */
export class Sandbox implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'statelab-cli-'))
  readonly home = join(this.folder, 'home')
  readonly cwd = join(this.folder, 'cwd')
  readonly #bin = join(this.folder, 'bin')
  readonly #calls = join(this.folder, 'calls')

  /** @param docker what the `docker` program does after it has noted the call; a POSIX shell script. */
  constructor(docker = 'exit 1') {
    mkdirSync(this.cwd)
    mkdirSync(this.#bin)
    const program = join(this.#bin, 'docker')
    writeFileSync(program, `#!/bin/sh\necho "$*" >>'${this.#calls}'\n${docker}\n`)
    chmodSync(program, 0o755)
  }

  get env(): Record<string, string> {
    return {
      PATH: [this.#bin, process.env.PATH].join(delimiter),
      HOME: this.folder,
      LANG: 'C',
      STATELAB_HOME: this.home,
    }
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    return spawn(process.execPath, [CLI, ...args], {
      cwd: this.cwd,
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return ended(this.start(args, env))
  }

  dockerCalls(): string[] {
    return existsSync(this.#calls) ? readFileSync(this.#calls, 'utf8').trim().split('\n') : []
  }

  /** Whatever the command left in its home and its working folder. */
  files(): string[] {
    return [this.home, this.cwd].flatMap((folder) =>
      existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [],
    )
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('the output is not piped')
  const exitCode = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  const [out, err, code] = await Promise.all([text(stdout), text(stderr), exitCode])
  return { exitCode: code, stdout: out, stderr: err }
}
