import { setTimeout as delay } from 'node:timers/promises'
import { type CheckContext, say } from './check.ts'
import { outputOf } from './pod.ts'
import { SENTINEL_PORT, type SentinelGroup } from './redis-sentinel.ts'

/** One write that Redis has acknowledged. */
export interface Acknowledged {
  readonly id: number
  readonly at: Date
  /** Whether a replica had it before the next write was sent, as `WAIT 1` tells. */
  readonly replicated: boolean
}

/** A client that writes on and on, and remembers what was acknowledged. */
export interface Writer extends AsyncDisposable {
  readonly acknowledged: readonly Acknowledged[]
  /** How many writes were sent and not acknowledged. */
  readonly failed: number
  /** @returns false when patience ended before `enough` was true. */
  until(enough: () => boolean, timeoutMs: number): Promise<boolean>
}

export const WRITES_KEY = 'statelab-writes'

/** Writes in one go, with one question to the sentinels before. */
const BURST = 10
const PAUSE_MS = 100

/**
 * As clients of sentinels do: ask for the master, write to it, ask again once a write fails. Each number goes into a set,
 * so that none can hide the loss of another. It runs in short bursts, so that nothing stays behind in the Pod when the
 * tool is interrupted.
 */
const SCRIPT = `master=$(redis-cli -p ${SENTINEL_PORT} sentinel get-master-addr-by-name "$1" | head -n 1)
i=$2
while [ "$i" -lt "$3" ]; do
  answer=$(printf 'SADD ${WRITES_KEY} %s\\nWAIT 1 500\\n' "$i" | timeout 3 redis-cli -h "$master" 2>&1 | tr '\\n' ' ')
  echo "$i $answer"
  case "$answer" in 1*) ;; *) break ;; esac
  i=$((i + 1))
done`

/** Starts writing, from the Pod of the first sentinel. Dispose of it to stop. */
export function startWriting(context: CheckContext, { master, sentinels }: SentinelGroup): Writer {
  const [pod = ''] = sentinels
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  const acknowledged: Acknowledged[] = []
  let failed = 0
  let next = 1
  let failure: unknown

  const write = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const { text } = await outputOf(context, pod, ['sh', '-c', SCRIPT, 'sh', master, String(next), String(next + BURST)])
      const tries = parse(text)
      acknowledged.push(...tries.filter((each) => each.acknowledged))
      failed += tries.filter((each) => !each.acknowledged).length
      next += BURST
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined)
      context.signal.throwIfAborted()
    }
  }
  const writing = write().catch((error: unknown) => {
    failure = error
  })

  return {
    acknowledged,
    get failed() {
      return failed
    },
    async until(enough, timeoutMs) {
      const deadline = performance.now() + timeoutMs
      while (!enough() && performance.now() < deadline) {
        if (failure !== undefined) throw failure
        context.progress(
          say(context, { en: `${acknowledged.length} writes acknowledged`, zh: `已确认 ${acknowledged.length} 次写入` }),
        )
        await delay(PAUSE_MS, undefined, { signal: context.signal })
      }
      if (failure !== undefined) throw failure
      return enough()
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await writing
    },
  }
}

/** `7 1 2`: number 7 was taken, and two replicas had it. Anything else in second place is an error of Redis, or nothing. */
function parse(output: string): (Acknowledged & { readonly acknowledged: boolean })[] {
  const at = new Date()
  return [...output.matchAll(/^(\d+) (.*)$/gm)].map(([, id, answer = '']) => {
    const [taken, replicas = '0'] = answer.trim().split(/\s+/)
    return { id: Number(id), at, acknowledged: taken === '1', replicated: taken === '1' && Number(replicas) >= 1 }
  })
}
