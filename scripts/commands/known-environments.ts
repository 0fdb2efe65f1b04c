import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ENVIRONMENT_LABEL, stateFolder } from '../environment.ts'
import type { CommandRunner } from '../process/command-runner.ts'

/** The names of all environments of which anything is there: a container, a network, a volume, a folder. */
export async function knownEnvironments(runner: CommandRunner, signal: AbortSignal): Promise<string[]> {
  const names = new Set([...(await namesInDocker(runner, signal)), ...(await namesOfFolders())])
  return [...names].sort()
}

async function namesInDocker(runner: CommandRunner, signal: AbortSignal): Promise<string[]> {
  const filter = ['--filter', `label=${ENVIRONMENT_LABEL}`, '--format', `{{.Label "${ENVIRONMENT_LABEL}"}}`]
  const lists = [
    ['ps', '--all'],
    ['network', 'ls'],
    ['volume', 'ls'],
  ].map((list) => runner.run('docker', [...list, ...filter], { signal }))
  return (await Promise.all(lists)).flatMap(({ stdout }) => stdout.split('\n').filter((name) => name !== ''))
}

async function namesOfFolders(): Promise<string[]> {
  try {
    const entries = await readdir(join(stateFolder(), 'environments'), { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
