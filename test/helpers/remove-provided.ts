import { PROJECT } from '../../scripts/commands/project.ts'
import { readImageLock } from '../../scripts/images/lock.ts'
import { resolvePlan } from '../../scripts/images/registry/plan.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'

/**
 * Removes what the sources `registry` and `mirror` have pulled and baked, with the names of the test's registry. What they
 * built on Debian stays, to be found by the next run.
 * @param lockFile of which the digests are.
 * @param labImages what went into the nodes, for every node image that was made; all when left out.
 */
export async function removeProvided(
  lockFile: string,
  labImages: readonly (ReadonlySet<string> | undefined)[] = [undefined],
): Promise<void> {
  const lock = await readImageLock(lockFile)
  for (const images of labImages) {
    const { pulled, node, nodeImage } = await resolvePlan({ root: PROJECT.root, lock, labImages: images })
    for (const tag of [nodeImage, node, ...[...pulled.values()].map((image) => image.tag)]) {
      await docker('image', 'rm', ...(await namesOnLoopback(tag)), tag)
    }
  }
}

/** `127.0.0.1:32768/library/redis@sha256:…`, as it was pulled. */
async function namesOnLoopback(tag: string): Promise<string[]> {
  const digests = await docker('image', 'inspect', '--format', '{{join .RepoDigests "\\n"}}', tag)
  return digests.split('\n').filter((name) => name.startsWith('127.0.0.1:'))
}

/** An image may not be there. */
async function docker(...args: string[]): Promise<string> {
  return (await execaRunner.run('docker', args, { allow: 'any' })).stdout
}
