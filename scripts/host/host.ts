import { access, readFile, statfs } from 'node:fs/promises'
import { totalmem } from 'node:os'
import process from 'node:process'
import type { CommandRunner } from '../process/command-runner.ts'

/** The machine, as far as the checks and preparations in this folder ask about it. Tests give one of their own. */
export interface Host {
  readonly runner: CommandRunner
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly nodeVersion: string
  /** 0 is root; -1 where users have no number. */
  readonly uid: number
  readonly memoryBytes: number
  /** @returns `undefined` when there is no such file, or this user may not read it. */
  readText(path: string): Promise<string | undefined>
  exists(path: string): Promise<boolean>
  /** What an ordinary user can still write to the filesystem that holds `path`; `undefined` when it cannot be seen. */
  freeBytes(path: string): Promise<number | undefined>
}

/** This machine. */
export function localHost(runner: CommandRunner): Host {
  return {
    runner,
    platform: process.platform,
    env: process.env,
    nodeVersion: process.versions.node,
    uid: process.getuid?.() ?? -1,
    memoryBytes: totalmem(),
    readText: (path) => readFile(path, 'utf8').catch(() => undefined),
    exists: (path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    freeBytes: async (path) => {
      const stats = await statfs(path).catch(() => undefined)
      return stats && stats.bavail * stats.bsize
    },
  }
}

/** The full path of a program. Also looks where administrators' programs are, which a user's PATH may leave out. */
export async function findProgram(host: Host, name: string): Promise<string | undefined> {
  if (name.startsWith('/')) return (await host.exists(name)) ? name : undefined
  const folders = [
    ...(host.env.PATH ?? '').split(':'),
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin',
    '/usr/local/bin',
    '/usr/bin',
    '/bin',
  ]
  for (const folder of new Set(folders)) {
    if (folder.startsWith('/') && (await host.exists(`${folder}/${name}`))) return `${folder}/${name}`
  }
  return undefined
}
