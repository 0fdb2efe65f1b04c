import { prepare } from '../prepare.ts'

/** The images that these tests start exist before the first of them. */
export async function setup(): Promise<void> {
  const { nfsServer, nfsClient, registry } = await prepare(AbortSignal.timeout(60 * 60_000))
  process.env.STATELAB_TEST_NFS_SERVER_IMAGE = nfsServer
  process.env.STATELAB_TEST_NFS_CLIENT_IMAGE = nfsClient
  process.env.STATELAB_TEST_REGISTRY_IMAGE = registry
}
