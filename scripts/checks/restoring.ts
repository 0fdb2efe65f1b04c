import { cleanupSignal } from '../wait/deadline.ts'

/**
 * Does something that disturbs, then puts things back: in any case, within a deadline of its own, also when `work` was
 * interrupted. A failure of `work` is the one that is told.
 * @param restore is given a fresh signal; things may have been put back already.
 * @param timeoutMs how long putting back may take. Default 120 s.
 */
export async function restoring<T>(
  work: () => Promise<T>,
  restore: (signal: AbortSignal) => Promise<void>,
  timeoutMs = 120_000,
): Promise<T> {
  let result: T
  try {
    result = await work()
  } catch (error) {
    await restore(cleanupSignal(timeoutMs)).catch(() => undefined)
    throw error
  }
  await restore(cleanupSignal(timeoutMs))
  return result
}
