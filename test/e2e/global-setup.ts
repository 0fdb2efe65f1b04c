import { prepare } from '../prepare.ts'
import { ENV, statelab } from './harness.ts'

/** The images exist before the first test, and nothing of the environment after the last. */
export async function setup(): Promise<() => Promise<void>> {
  const { registry } = await prepare(AbortSignal.timeout(60 * 60_000))
  process.env.STATELAB_TEST_REGISTRY_IMAGE = registry
  return async () => {
    const { exitCode, stderr } = await statelab('down', '--name', ENV.name)
    if (exitCode !== 0) throw new Error(`the environment of the tests is still there: ${stderr}`)
  }
}
