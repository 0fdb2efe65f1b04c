import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Environment, environment } from '../../scripts/environment.ts'

/** An environment whose files lie in a folder of the test's own. */
export async function temporaryEnvironment(name = 't'): Promise<AsyncDisposable & { env: Environment; root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'statelab-env-'))
  const folder = join(root, 'environments', name)
  return {
    env: { ...environment(name), folder, kubeconfig: join(folder, 'kubeconfig') },
    root,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}
