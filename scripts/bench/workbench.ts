import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $, type ProcessOutput } from 'zx'
import { imageSources, openImageSource } from '../commands/image-source.ts'
import { PROJECT } from '../commands/project.ts'
import { type Environment, environment, stateFolder } from '../environment.ts'
import { localHost } from '../host/host.ts'
import type { ImageSource, Provision } from '../images/source.ts'
import { execaRunner } from '../process/execa-runner.ts'
import { seconds } from './measure.ts'
import { BENCH, reserveEnvironment } from './reserve-environment.ts'
import { endOfStep } from './step-times.ts'

/** How long `up` took, in seconds from the start of its process. */
export interface UpTimes {
  /** Until a Pod had fsynced a file on a dynamic volume. */
  readonly fsynced: number
  readonly end: number
}

export interface WorkbenchOptions {
  readonly runs: number
  /** Whether a cold build downloads the Go modules as well. */
  readonly freshModules: boolean
  readonly signal: AbortSignal
}

/** What figures are measured with: an environment of their own, driven by the command as a person types it. */
export class Workbench implements AsyncDisposable {
  readonly runs: number
  readonly freshModules: boolean
  readonly signal: AbortSignal
  readonly root = PROJECT.root
  readonly folder: string
  readonly env: Environment
  /** How long each `down` of a working environment took, in seconds. Every figure leaves some. */
  readonly downs: number[] = []
  readonly #lock: AsyncDisposable
  #source: Promise<ImageSource> | undefined
  #isUp = false

  private constructor(folder: string, lock: AsyncDisposable, { runs, freshModules, signal }: WorkbenchOptions) {
    this.folder = folder
    this.#lock = lock
    this.runs = runs
    this.freshModules = freshModules
    this.signal = signal
    this.env = environment(BENCH)
  }

  /**
   * Makes the folder of the state of this bench: logs and kubeconfig do not mix with a person's own. What was built is
   * shared, it takes minutes.
   * @throws {StatelabError} `operation-failed` when a person, or another bench, has an environment of that name.
   */
  static async open(options: WorkbenchOptions): Promise<Workbench> {
    const lock = await reserveEnvironment()
    const folder = await mkdtemp(join(tmpdir(), 'statelab-bench-'))
    const cache = join(stateFolder(), 'cache')
    await mkdir(cache, { recursive: true, mode: 0o700 })
    await symlink(cache, join(folder, 'cache'))
    process.env.STATELAB_HOME = folder
    return new Workbench(folder, lock, options)
  }

  /** A shell whose commands, with all that they started, end when the bench is interrupted. */
  get sh(): typeof $ {
    return $({ cwd: this.root, signal: this.signal, detached: true, quiet: true }) as typeof $
  }

  say(line: string): void {
    console.error(line)
  }

  /** The image source; opened once. */
  source(): Promise<ImageSource> {
    const { root, signal } = this
    const host = localHost(execaRunner)
    this.#source ??= openImageSource({ host, root, requested: undefined, mayInstall: true, emit: () => {}, signal })
    return this.#source
  }

  async provision(): Promise<Provision> {
    return (await this.source()).provide({
      signal: this.signal,
      emit: (event) => event.type === 'step-started' && this.say(event.title),
    })
  }

  /** Runs one statelab command on the bench's environment. */
  async statelab(...args: string[]): Promise<ProcessOutput> {
    return this.statelabWith({}, ...args)
  }

  async statelabWith(variables: Readonly<Record<string, string>>, ...args: string[]): Promise<ProcessOutput> {
    this.signal.throwIfAborted()
    const sh = this.sh({ env: { ...process.env, ...variables } })
    return sh`scripts/statelab ${args} --name ${this.env.name} --quiet`
  }

  /** Runs `statelab bundle ACTION FILE`. */
  async bundle(action: 'save' | 'verify', file: string): Promise<ProcessOutput> {
    this.signal.throwIfAborted()
    return this.sh`scripts/statelab bundle ${action} ${file} --quiet`
  }

  /** Every image source, as a command of this checkout would find it. */
  sources(): Promise<readonly ImageSource[]> {
    const { root, signal } = this
    return imageSources({ host: localHost(execaRunner), root, requested: undefined, mayInstall: false, emit: () => {}, signal })
  }

  /** Makes the environment, which must not be there. */
  async up(...flags: string[]): Promise<UpTimes> {
    const logs = join(this.folder, 'logs')
    await rm(logs, { recursive: true, force: true })
    const startedAt = Date.now()
    const end = await seconds(() => this.statelab('up', ...flags))
    this.#isUp = true
    const [name = 'up.log'] = (await readdir(logs)).filter((each) => each.startsWith('up-'))
    const fsyncedAt = endOfStep(await readFile(join(logs, name), 'utf8'), 'storage')
    return { fsynced: (fsyncedAt - startedAt) / 1_000, end }
  }

  async ensureUp(): Promise<void> {
    if (!this.#isUp) await this.fresh()
  }

  /** Makes the environment anew: nothing that an earlier figure did is in it. */
  async fresh(): Promise<void> {
    await this.remove()
    this.say('making the environment')
    await this.up()
  }

  /** Removes the environment, or what is left of one. Goes on when the bench is interrupted. */
  async remove(): Promise<void> {
    const wasUp = this.#isUp
    this.#isUp = false
    const took = await seconds(
      () => $({ cwd: this.root, detached: true, quiet: true })`scripts/statelab down --name ${this.env.name} --quiet`,
    )
    if (wasUp && !this.signal.aborted) this.downs.push(took)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using _lock = this.#lock
    await this.remove()
    await rm(this.folder, { recursive: true, force: true })
  }
}
