import { StatelabError } from '../errors.ts'
import type { LabEnvironment } from './lab-context.ts'

/**
 * Removes directories of the export, one after the other.
 * @param names directories that are there.
 * @returns what there was, in words.
 * @throws {StatelabError} `operation-failed` for the first of them where the environment cannot remove any.
 */
export async function removeDirectories(
  names: readonly string[],
  { export: exported, removeDirectory }: Pick<LabEnvironment, 'export' | 'removeDirectory'>,
  signal: AbortSignal,
): Promise<string[]> {
  for (const name of names) {
    if (!removeDirectory) throw stillThere(name, exported.command(name))
    await removeDirectory(name, signal)
  }
  return names.map((name) => `export directory ${name}`)
}

function stillThere(directory: string, command: string): StatelabError {
  const message = { en: `the directory ${directory} is still on the export`, zh: `目录 ${directory} 还留在 NFS 导出目录里` }
  return new StatelabError('operation-failed', message, { fix: command })
}
