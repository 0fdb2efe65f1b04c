import type { CommandRunner } from '../process/command-runner.ts'
import { inspectImage } from './build/docker.ts'
import type { ImageRecord, SourceName } from './source.ts'

/**
 * What `statelab images` shows of an image.
 * @param image the reference that it has for people, its tag in the local Docker (none while that is not known), and the
 * source that can make it again.
 */
export async function recordOf(
  runner: CommandRunner,
  { reference, tag, source }: { readonly reference: string; readonly tag: string | undefined; readonly source: SourceName },
  signal: AbortSignal,
): Promise<ImageRecord> {
  const image = tag === undefined ? undefined : await inspectImage(runner, tag, signal)
  const facts = image && { digest: image.id, sizeBytes: image.sizeBytes, createdAt: image.createdAt }
  return { reference, source, ...facts, remake: `statelab up --source ${source}` }
}
