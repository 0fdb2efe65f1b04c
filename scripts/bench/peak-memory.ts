import { readFileSync } from 'node:fs'

const INTERVAL_MS = 500

/** The most memory that was in use since the start, in bytes beyond what was in use then. */
export interface PeakMemory extends Disposable {
  readonly bytes: number
}

/** Looks at the whole machine, because a build is many processes and some of them are Docker's. Linux only. */
export function watchPeakMemory(): PeakMemory {
  const atStart = available()
  let least = atStart
  const timer = setInterval(() => {
    least = Math.min(least, available())
  }, INTERVAL_MS)
  return {
    get bytes() {
      return atStart - least
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/** What programs could still get: free memory and page cache that would be given up. */
function available(): number {
  const [, kibibytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? []
  return Number(kibibytes) * 1_024
}
