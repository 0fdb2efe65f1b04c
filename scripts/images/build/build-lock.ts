import { join } from 'node:path'
import type { Emit } from '../../events.ts'
import { tryLockFile } from '../../process/lock-file.ts'
import { poll } from '../../wait/poll.ts'

/** A build takes both cores as it is, and what another process builds need not be built twice. */
export async function untilNobodyBuilds(
  cacheFolder: string,
  { signal, emit }: { signal: AbortSignal; emit: Emit },
): Promise<AsyncDisposable> {
  const read = async (): Promise<{ value?: AsyncDisposable; seen: string }> => {
    const attempt = await tryLockFile(join(cacheFolder, 'build.lock'))
    return 'lock' in attempt ? { value: attempt.lock, seen: '' } : { seen: `process ${attempt.holder} is building images` }
  }
  const onSeen = (seen: string): void => emit({ type: 'note', level: 'info', text: `waiting: ${seen}` })
  return poll(read, { what: 'no other process builds images', intervalMs: 500, timeoutMs: 3_600_000, signal, onSeen })
}
