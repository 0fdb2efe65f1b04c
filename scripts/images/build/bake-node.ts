import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandRunner } from '../../process/command-runner.ts'
import { cleanupSignal } from '../../wait/deadline.ts'

export interface BakeOptions {
  /** The node image without images. */
  readonly base: string
  readonly tag: string
  /** Images of the local Docker → the references under which the nodes know them. */
  readonly images: ReadonlyMap<string, readonly string[]>
  readonly labels: Readonly<Record<string, string>>
  readonly cacheFolder: string
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/**
 * Makes the finished node image: the images are unpacked into the node's container store by the node's own containerd,
 * in a container that has one more capability than usual (mounting), and the result is committed.
 */
export async function bakeNode(runner: CommandRunner, options: BakeOptions): Promise<void> {
  const { base, tag, images, labels, cacheFolder, signal, progress } = options
  // A lock holds for one cache folder: what has this folder's name may be removed, nobody is at work in it.
  const owner = createHash('sha256').update(cacheFolder).digest('hex').slice(0, 8)
  const name = `statelab-bake-${owner}-${tag.split(':')[1]}`
  const folder = await mkdtemp(join(cacheFolder, 'bake-'))
  const removeLeftovers = async (within: AbortSignal): Promise<void> => {
    await runner.run('docker', ['rm', '--force', '--volumes', name], { signal: within, allow: 'any' })
    await runner.run('docker', ['volume', 'rm', '--force', name], { signal: within, allow: 'any' })
  }
  try {
    await removeLeftovers(signal)
    progress('saving the images')
    await runner.run('docker', ['save', '--output', join(folder, 'images.tar'), ...images.keys()], { signal })
    const lines = [...images].flatMap(([image, references]) => references.map((reference) => `docker.io/${image} ${reference}\n`))
    await writeFile(join(folder, 'images.txt'), lines.join(''))
    progress('unpacking the images')
    const run = ['run', '--name', name, '--network', 'none', '--volume', `${name}:/store`, '--volume', `${folder}:/bake:ro`]
    const privileges = ['--cap-add', 'SYS_ADMIN', '--security-opt', 'apparmor=unconfined', '--security-opt', 'seccomp=unconfined']
    await runner.run(
      'docker',
      [...run, ...privileges, '--entrypoint', '/kind/bin/bake', base, '/bake/images.tar', '/bake/images.txt'],
      {
        signal,
        onLine: progress,
      },
    )
    progress('committing the node image')
    const changes = [
      'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]',
      'CMD []',
      ...Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`),
    ]
    await runner.run('docker', ['commit', ...changes.flatMap((change) => ['--change', change]), name, tag], { signal })
  } finally {
    await removeLeftovers(cleanupSignal())
    await rm(folder, { recursive: true, force: true })
  }
}
