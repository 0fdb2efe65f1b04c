import { listNodes } from '../cluster/nodes.ts'
import { environment } from '../environment.ts'
import { removeEnvironment } from '../provision/down.ts'
import { EnvironmentBusyError, lockEnvironment } from '../provision/lock.ts'
import type { Operation } from '../provision/parts.ts'
import { inStep } from '../runner/step.ts'
import { knownEnvironments } from './known-environments.ts'

/**
 * Removes what is left of environments that have no node any more.
 * @returns their names.
 */
export async function pruneEnvironments(operation: Operation): Promise<string[]> {
  const removed: string[] = []
  for (const name of await knownEnvironments(operation.runner, operation.signal)) {
    if (await pruneOne(name, operation)) removed.push(name)
  }
  return removed
}

async function pruneOne(name: string, operation: Operation): Promise<boolean> {
  const { runner, signal, emit } = operation
  const env = environment(name)
  try {
    // An `up` at work has a network before it has a node; it also has this lock.
    await using _lock = await lockEnvironment(env)
    if ((await listNodes(runner, env.cluster, signal)).length > 0) return false
    await inStep(emit, { id: name, title: `Remove what is left of ${name}` }, async () => {
      await removeEnvironment(env, { ...operation, emit: () => {} })
      return { value: undefined }
    })
    return true
  } catch (error) {
    if (!(error instanceof EnvironmentBusyError)) throw error
    emit({ type: 'note', level: 'info', text: error.message })
    return false
  }
}
