import type { Session } from './session.ts'

/** What a learner's commands and manifests need to name the NFS server. */
export async function nfsVariables({ engine, settings, signal }: Session): Promise<Readonly<Record<string, string>>> {
  const { nfs } = await engine.status(settings.environment, signal)
  return { NFS_SERVER: nfs.server, NFS_EXPORT: nfs.export }
}
