import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandRunner } from '../../process/command-runner.ts'
import { buildImage } from '../build/docker.ts'

export interface DebianOptions {
  readonly tag: string
  readonly suite: string
  /** Address of the archive; mmdebstrap's own choice when left out. */
  readonly mirror?: string | undefined
  /** The build context that goes on top. */
  readonly context: string
  readonly labels: Readonly<Record<string, string>>
  readonly cacheFolder: string
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/** Makes the Debian image that every other one is built from, with mmdebstrap: from the package mirror, no registry. */
export async function buildDebian(runner: CommandRunner, options: DebianOptions): Promise<void> {
  const { tag, suite, mirror, context, labels, cacheFolder, signal, progress } = options
  const folder = await mkdtemp(join(cacheFolder, 'debian-'))
  try {
    const archive = join(folder, 'rootfs.tar')
    await runner.run('mmdebstrap', [...MMDEBSTRAP, suite, archive, ...(mirror === undefined ? [] : [mirror])], {
      signal,
      onLine: progress,
    })
    const rootfs = `${tag}-rootfs`
    await runner.run('docker', ['import', archive, rootfs], { signal })
    await buildImage(runner, { tag, context, args: { BASE: rootfs }, labels, signal, progress })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What nobody reads inside a container stays out, also of everything that is installed on top; licences stay in. */
const MMDEBSTRAP = [
  '--variant=minbase',
  '--include=busybox-static',
  '--aptopt=Acquire::Languages "none"',
  '--dpkgopt=path-exclude=/usr/share/man/*',
  '--dpkgopt=path-exclude=/usr/share/locale/*',
  '--dpkgopt=path-exclude=/usr/share/info/*',
  '--dpkgopt=path-exclude=/usr/share/doc/*',
  '--dpkgopt=path-include=/usr/share/doc/*/copyright',
]
