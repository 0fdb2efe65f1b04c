import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { GO_PROGRAMS } from '../../../../scripts/images/packages/go-programs.ts'
import type { RunOptions } from '../../../../scripts/process/command-runner.ts'
import { type Answer, FakeRunner, failing } from '../../../helpers/fake-runner.ts'

/** A Docker that keeps the names of images, and the other programs that builds call. It refuses what Docker would refuse. */
export class FakeBuilder extends FakeRunner {
  readonly images = new Set<string>()
  /** Where kind's Go module is said to be. */
  readonly kindModule: string
  /** Answers before everything else does, where it answers. */
  disturb: (command: string) => Answer | Promise<Answer> = () => undefined

  constructor(root: string) {
    super((command, options) => this.#answerTo(command, options))
    this.kindModule = join(root, 'kind-module')
  }

  /** What was made, by its name. */
  get made(): string[] {
    return this.commands.flatMap((command) => nameOf(command) ?? []).map((tag) => tag.replace(/^statelab\/([a-z-]+):.*$/, '$1'))
  }

  async #answerTo(command: string, { onLine }: RunOptions): Promise<Answer> {
    const disturbed = await this.disturb(command)
    if (disturbed !== undefined) return disturbed
    onLine?.('working')
    const inspected = /^docker image inspect .* (\S+)$/.exec(command)?.[1]
    if (inspected !== undefined) {
      const known = { Id: `sha256:${inspected}`, Size: 1, Created: '2026-01-01T00:00:00Z' }
      return this.images.has(inspected) ? JSON.stringify(known) : failing(`Error: No such image: ${inspected}`)
    }
    if (command.startsWith('go list -m')) {
      await mkdir(join(this.kindModule, 'images', 'base', 'files'), { recursive: true })
      return this.kindModule
    }
    if (command.startsWith('go mod edit -json')) return JSON.stringify({ Replace: [] })
    const target = /^go build .* -o (\S+)\/ /.exec(command)?.[1]
    if (target !== undefined) {
      for (const path of Object.values(GO_PROGRAMS)) await writeFile(join(target, basename(path)), basename(path))
    }
    for (const [, parent = ''] of command.matchAll(/ --build-arg \w+=(\S+)/g)) {
      if (!this.images.has(parent)) return failing(`pull access denied for ${parent}`)
    }
    const name = nameOf(command)
    if (name !== undefined) this.images.add(name)
    return ''
  }
}

function nameOf(command: string): string | undefined {
  return (/^docker build .*--tag (\S+) /.exec(command) ?? /^docker (?:import|commit) .* (\S+)$/.exec(command))?.[1]
}
