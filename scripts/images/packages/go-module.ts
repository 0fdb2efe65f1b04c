import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandRunner } from '../../process/command-runner.ts'

export interface DerivedModuleOptions {
  /** The folder of the project's own module, which is made for Kubernetes `pinned`. */
  readonly module: string
  readonly pinned: string
  /** Another release of the same minor, such as `v1.36.1`. */
  readonly kubernetes: string
  /** Where the derived go.mod is written; its go.sum lies beside it, where `go -modfile` looks for it. */
  readonly file: string
  readonly signal: AbortSignal
}

/**
 * Writes the go.mod of another Kubernetes release: the project's own, with Kubernetes and the modules of its staging area
 * at that release. Their checksums are not in go.sum yet: whoever builds with it adds them (`-mod=mod`), checked against
 * Go's checksum database.
 */
export async function deriveModule(runner: CommandRunner, options: DerivedModuleOptions): Promise<void> {
  const { module, pinned, kubernetes, file, signal } = options
  await copyFile(join(module, 'go.mod'), file)
  await copyFile(join(module, 'go.sum'), file.replace(/\.mod$/, '.sum'))
  const { stdout } = await runner.run('go', ['mod', 'edit', '-json', file], { signal })
  const { Replace } = JSON.parse(stdout) as GoMod
  const staging = Replace.filter(({ New }) => New.Version === stagingVersion(pinned)).map(
    ({ Old, New }) => `-replace=${Old.Path}=${New.Path}@${stagingVersion(kubernetes)}`,
  )
  await runner.run('go', ['mod', 'edit', `-require=k8s.io/kubernetes@${kubernetes}`, ...staging, file], { signal })
}

interface GoMod {
  readonly Replace: readonly {
    readonly Old: { readonly Path: string }
    readonly New: { readonly Path: string; readonly Version?: string }
  }[]
}

/** Kubernetes v1.36.1 is made of k8s.io/api v0.36.1 and so on. */
function stagingVersion(kubernetes: string): string {
  return kubernetes.replace(/^v1\./, 'v0.')
}
