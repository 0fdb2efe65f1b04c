/** Gets the machine ready for the tests that use containers: Docker runs, every image is built, the client for tests too. */
import { join } from 'node:path'
import { openImageSource } from '../scripts/commands/image-source.ts'
import { PROJECT } from '../scripts/commands/project.ts'
import { stateFolder } from '../scripts/environment.ts'
import { ensureDocker } from '../scripts/host/docker.ts'
import { localHost } from '../scripts/host/host.ts'
import { loadImageLock } from '../scripts/images/lock.ts'
import { resolvePlan } from '../scripts/images/packages/plan.ts'
import { execaRunner } from '../scripts/process/execa-runner.ts'
import { createPlainRenderer } from '../scripts/report/plain-renderer.ts'
import { createStyle } from '../scripts/report/style.ts'
import { buildFixture } from './helpers/build-fixture.ts'

export interface TestImages {
  readonly nfsServer: string
  /** A machine whose kernel has no NFS client, with the mount helper. */
  readonly nfsClient: string
  /** A container registry. */
  readonly registry: string
}

/** @returns the images that integration tests start. */
export async function prepare(signal: AbortSignal): Promise<TestImages> {
  const output = { write: (text: string) => void process.stderr.write(text), isTerminal: false, columns: undefined }
  const renderer = createPlainRenderer(output, { style: createStyle(false) })
  const work = { runner: execaRunner, signal, emit: renderer.handle }
  try {
    await ensureDocker({ ...work, allowInstall: true })
    const source = await openImageSource({
      ...work,
      host: localHost(execaRunner),
      root: PROJECT.root,
      requested: 'packages',
      mayInstall: true,
    })
    const { nfsServerImage } = await source.provide(work)
    return { nfsServer: nfsServerImage, ...(await buildFixtures(signal)) }
  } finally {
    await renderer.finish()
  }
}

async function buildFixtures(signal: AbortSignal): Promise<Pick<TestImages, 'nfsClient' | 'registry'>> {
  const lock = await loadImageLock(join(PROJECT.root, 'manifests', 'images.lock.yaml'))
  const { tags } = await resolvePlan({ root: PROJECT.root, cacheFolder: join(stateFolder(), 'cache'), lock })
  const [base, mount] = [tags.get('debian'), tags.get('nfs-mount')]
  if (base === undefined || mount === undefined) throw new Error('the images of the packages source are not built')
  return {
    nfsClient: await buildFixture('nfs-client', { BASE: base, NFS_MOUNT_IMAGE: mount }, signal),
    registry: await buildFixture('registry', { BASE: base }, signal),
  }
}
