import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { prerequisiteMissing } from '../../errors.ts'
import type { CommandRunner } from '../../process/command-runner.ts'

export interface ProjectFilesOptions {
  /** The project's folder. */
  readonly root: string
  /** The folders of the labs to keep, as `labs/20-redis-persistence`; all when left out. */
  readonly labFolders?: readonly string[] | undefined
  readonly signal: AbortSignal
}

/**
 * What the project is made of, as far as somebody who uses it needs it: all that git does not ignore, for work that is
 * not committed yet belongs together too; where there is no git, all that is not made.
 * @returns paths from the project's folder.
 * @throws {StatelabError} `prerequisite-missing` where the project is installed as a package: it cannot start from that.
 */
export async function projectFiles(runner: CommandRunner, options: ProjectFilesOptions): Promise<string[]> {
  const { root, labFolders, signal } = options
  const all = existsSync(join(root, '.git')) ? await notIgnored(runner, root, signal) : await filesBelow(root)
  const files = all.filter((path) => !LEFT_OUT.test(path) && isWanted(path, labFolders))
  if (NEEDED.some((path) => !files.includes(path))) {
    throw prerequisiteMissing(
      `${root} is no checkout of statelab, and a bundle is made from one`,
      'git clone the repository, and run scripts/statelab bundle save there',
    )
  }
  return files
}

const NEEDED = ['package.json', 'package-lock.json', 'scripts/statelab', 'scripts/launch.mjs']

/** What only its developers need, and what is made in it. */
const LEFT_OUT =
  /^(test|bundle|coverage|dist|node_modules|\.git|\.ci|\.statelab-lock[^/]*)\/|\.log$|^images\/nfs-mount\/build\/|^vitest\.config\.ts$/

function isWanted(path: string, labFolders: readonly string[] | undefined): boolean {
  if (labFolders === undefined || !/^labs\/[^/]+\//.test(path)) return true
  return labFolders.some((folder) => path.startsWith(`${folder}/`))
}

async function notIgnored(runner: CommandRunner, root: string, signal: AbortSignal): Promise<string[]> {
  const { stdout } = await runner.run('git', ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    signal,
  })
  return stdout.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))
}

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true })
  const found = await Promise.all(
    entries.map(async (entry) => {
      if (!entry.isDirectory()) return [entry.name]
      return LEFT_OUT.test(`${entry.name}/`) ? [] : allIn(join(root, entry.name), root)
    }),
  )
  return found.flat()
}

async function allIn(folder: string, root: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
}
