import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ended, Sandbox, TIMEOUT_MS } from './commands/spawn-cli.ts'

/** Answers what is asked at first; then hangs in `ps`. */
const HANGING = `case "$1" in
info) echo '{"ServerVersion":"27.0.0"}' ;;
container|volume) echo "Error: No such $1: x" >&2; exit 1 ;;
ps) exec sleep 60 ;;
esac`

/** The same, and cannot be asked to end. */
const STUBBORN = HANGING.replace('exec sleep 60', "trap '' TERM INT; while :; do sleep 1; done")

async function untilItHangs(sandbox: Sandbox): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!sandbox.dockerCalls().some((call) => call.startsWith('ps'))) {
    if (Date.now() > deadline) throw new Error(`docker ps was never called: ${sandbox.dockerCalls().join('; ')}`)
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

  it('--timeout says what was going on when time ran out', async () => {
    using sandbox = new Sandbox(HANGING)
    const { exitCode, stderr } = await sandbox.run(['down', '--timeout', '4s'])
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/error: statelab down: not within 4\.0s; last seen: Remove the nodes/)
  })

  it('a failure names the log, which has the whole story and is for its owner only', async () => {
    using sandbox = new Sandbox(HANGING)
    const { stderr } = await sandbox.run(['down', '--timeout', '4s'])
    const [name] = readdirSync(join(sandbox.home, 'logs'))
    const path = join(sandbox.home, 'logs', name!)
    expect(stderr).toContain(`  log: ${path}\n`)
    expect(readFileSync(path, 'utf8')).toMatch(/start cluster: Remove the nodes[\s\S]*StatelabError: statelab down/)
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
