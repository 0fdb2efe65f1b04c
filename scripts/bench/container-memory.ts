import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { $ } from 'zx'

/** In bytes, summed over containers. */
export interface Memory {
  /** What the kernel cannot take back: anonymous, shared and its own memory. */
  readonly unreclaimable: number
  /** As `docker stats` shows it. */
  readonly dockerStats: number
}

/** @param ids full ids of running containers on this machine. */
export async function readMemory(signal: AbortSignal, ids: readonly string[]): Promise<Memory> {
  const sh = $({ signal, quiet: true })
  const stats = await sh`docker stats --no-stream --format ${'{{.MemUsage}}'} ${ids}`
  const shown = stats.stdout.trim().split('\n').map(parseUsage)
  const counted = await Promise.all(
    ids.map(async (id) => {
      const { stdout } = await sh`docker inspect --format ${'{{.State.Pid}}'} ${id}`
      return unreclaimable(id, await readFile(`/proc/${stdout.trim()}/cgroup`, 'utf8'))
    }),
  )
  return { unreclaimable: sum(counted), dockerStats: sum(shown) }
}

async function unreclaimable(id: string, cgroups: string): Promise<number> {
  const { version, path } = cgroupOf(id, cgroups)
  const read = (file: string): Promise<string> =>
    readFile(join('/sys/fs/cgroup', version === 1 ? 'memory' : '', path, file), 'utf8')
  const kernel = version === 1 ? Number(await read('memory.kmem.usage_in_bytes').catch(() => '0')) : 0
  return unreclaimableOf(await read('memory.stat')) + kernel
}

/**
 * The cgroup of a whole container, from /proc/PID/cgroup of its first process. A node has cgroups of its own below it,
 * and its first process is in one of those.
 */
export function cgroupOf(id: string, cgroups: string): { readonly version: 1 | 2; readonly path: string } {
  const lines = cgroups.split('\n')
  const v1 = lines.find((line) => line.split(':')[1] === 'memory')
  const path = (v1 ?? lines.find((line) => line.startsWith('0::')) ?? '').split(':').slice(2).join(':')
  const parts = path.split('/')
  const own = parts.findIndex((part) => part.includes(id))
  if (own < 0) throw new Error(`container ${id} has no memory cgroup of its own:\n${cgroups}`)
  return { version: v1 === undefined ? 2 : 1, path: parts.slice(0, own + 1).join('/') }
}

/** The sum of what memory.stat calls anonymous, shared and (v2) kernel memory, cgroups below included. */
export function unreclaimableOf(stat: string): number {
  const values = new Map(stat.split('\n').map((line) => line.split(' ') as [string, string]))
  const names = values.has('total_rss') ? ['total_rss', 'total_shmem'] : ['anon', 'shmem', 'kernel']
  return sum(names.map((name) => Number(values.get(name) ?? 0)))
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 }

/** Reads `512.3MiB / 23.5GiB`. @returns the first of the two, in bytes. */
export function parseUsage(shown: string): number {
  const [, amount, unit] = /^([\d.]+)([KMGT]?i?B)/.exec(shown.trim()) ?? []
  const factor = UNITS[unit ?? '']
  if (factor === undefined) throw new Error(`docker stats shows ${JSON.stringify(shown)}`)
  return Number(amount) * factor
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
