import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ended, Sandbox, TIMEOUT_MS } from './commands/spawn-cli.ts'

/** Hangs at the first thing it is asked. */
const HANGING = 'exec sleep 60'

/** The same, and cannot be asked to end. */
const STUBBORN = "trap '' TERM INT; while :; do sleep 1; done"

async function untilItHangs(sandbox: Sandbox): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS / 2
  while (sandbox.dockerCalls().length === 0) {
    if (Date.now() > deadline) throw new Error('docker was never called')
    await delay(20)
  }
}

describe.concurrent('signals', { timeout: TIMEOUT_MS }, () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends the programs that run, says so, and ends with 130',
    async (signal) => {
      using sandbox = new Sandbox(HANGING)
      const child = sandbox.start(['down'])
      const result = ended(child)
      await untilItHangs(sandbox)
      child.kill(signal)
      const { exitCode, stdout, stderr } = await result
      expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' })
      expect(stderr).toContain('stopping and tidying up')
      expect(stderr.match(/^error: .*$/gm)).toEqual([`error: interrupted by ${signal}`])
    },
  )

  it('the second one ends the process at once', async () => {
    using sandbox = new Sandbox(STUBBORN)
    const child = sandbox.start(['down'])
    const result = ended(child)
    await untilItHangs(sandbox)
    child.kill('SIGINT')
    child.stderr?.setEncoding('utf8')
    await once(child.stderr!, 'data')
    await delay(200)
    const at = performance.now()
    child.kill('SIGINT')
    const [code] = (await once(child, 'exit')) as [number]
    expect(code).toBe(130)
    expect(performance.now() - at).toBeLessThan(1_500)
    await result
  })

  it('a reader that goes away is no failure', async () => {
    using sandbox = new Sandbox()
    const child = sandbox.start(['list'])
    child.stdout?.destroy()
    let stderr = ''
    child.stderr?.on('data', (chunk) => {
      stderr += String(chunk)
    })
    const [code] = (await once(child, 'close')) as [number]
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})
