import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure, Row } from '../figure.ts'
import { pairRatios } from '../measure.ts'
import type { Workbench } from '../workbench.ts'

const FOLDER = join(import.meta.dirname, '..')

export const nfsPath: Figure = {
  name: 'nfs-path',
  method:
    'The same work on a mount of the export in a node and on that node’s own disk, in turns: [disk-work.pl](../scripts/bench/disk-work.pl) writes 512 MiB in blocks of 1 MiB and fsyncs, reads them after the node has forgotten them (the server has not), writes 500 times 4 KiB at random places with an fsync each, and creates 1,000 files. Redis: `redis-benchmark` with 50 clients against a Redis in a Pod whose directory is a dynamic volume, or an emptyDir. Ratios are taken pair by pair.',
  onlyWhenNamed: true,
  async measure(bench) {
    await bench.ensureUp()
    const disk = await diskWork(bench)
    const redis = await redisWork(bench)
    return [...disk, ...redis]
  },
}

const DISK_WORK = ['sequential write, fsynced', 'sequential read', '4 KiB random writes, each fsynced', 'files created'] as const

/** What each is wanted to reach: speed itself, or its share of the local one. */
const WANTED = [{ speed: 400 }, { speed: 400 }, { share: 0.3 }, {}] as const

async function diskWork(bench: Workbench): Promise<Row[]> {
  const { sh, env, signal } = bench
  const node = `${env.cluster}-worker`
  const work = await readFile(join(FOLDER, 'disk-work.pl'))
  const server = (
    await sh`docker inspect --format ${'{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'} ${env.nfsContainer}`
  ).stdout.trim()
  const inNode = (...command: string[]) => sh`docker exec ${node} ${command}`
  const measure = async (directory: string): Promise<number[]> => {
    signal.throwIfAborted()
    await inNode('mkdir', directory)
    const { stdout } = await sh({ input: work })`docker exec --interactive ${node} perl - ${directory}`
    await inNode('rm', '-rf', directory)
    return stdout.trim().split('\n').map(Number)
  }

  await inNode('mkdir', '-p', '/mnt/bench', '/var/bench')
  await inNode('mount', '-t', 'nfs', `${server}:/export`, '/mnt/bench')
  const [nfs, local]: [number[][], number[][]] = [[], []]
  try {
    for (let run = 0; run < bench.runs; run++) {
      nfs.push(await measure('/mnt/bench/work'))
      local.push(await measure('/var/bench/work'))
      bench.say(`NFS ${nfs.at(-1)?.join(', ')}; local ${local.at(-1)?.join(', ')}`)
    }
  } finally {
    await inNode('umount', '/mnt/bench')
  }
  return DISK_WORK.flatMap((what, index) => {
    const unit = index < 2 ? ('MB/s' as const) : ('per s' as const)
    const wanted: { speed?: number; share?: number } = WANTED[index] ?? {}
    return rows(what, unit, { nfs: nfs.map((run) => run[index] ?? 0), local: local.map((run) => run[index] ?? 0) }, wanted)
  })
}

/** How Redis keeps its log, how many writes it is given, and what share of the local speed is wanted. */
const MODES = [
  { fsync: 'always', requests: 10_000, wanted: {} },
  { fsync: 'everysec', requests: 200_000, wanted: { share: 0.9 } },
] as const

async function redisWork(bench: Workbench): Promise<Row[]> {
  await kubectl(bench, await readFile(join(FOLDER, 'redis-work.yaml')), 'apply', '--filename', '-')
  await kubectl(bench, '', 'wait', '--for=condition=Ready', 'pod/bench', '--timeout=60s')
  const found: Row[] = []
  for (const { fsync, requests, wanted } of MODES) {
    const speeds: { nfs: number[]; local: number[] } = { nfs: [], local: [] }
    for (let run = 0; run < bench.runs; run++) {
      for (const place of ['nfs', 'local'] as const) speeds[place].push(await setsPerSecond(bench, place, fsync, requests))
    }
    found.push(...rows(`Redis \`appendfsync ${fsync}\`, SET`, 'per s', speeds, wanted))
  }
  return found
}

async function setsPerSecond(bench: Workbench, place: string, fsync: string, requests: number): Promise<number> {
  const script = [
    `rm -rf /${place}/redis && mkdir /${place}/redis`,
    `redis-server --port 7001 --dir /${place}/redis --save '' --appendonly yes --appendfsync ${fsync} --daemonize yes >/dev/null`,
    'until redis-cli -p 7001 ping >/dev/null 2>&1; do :; done',
    `redis-benchmark -p 7001 -t set -n ${requests} -c 50 --csv | tail -1`,
    'redis-cli -p 7001 shutdown nosave',
  ].join('\n')
  const stdout = await kubectl(bench, '', 'exec', 'bench', '--', 'sh', '-ec', script)
  const [, speed] = /^"SET","([\d.]+)"/m.exec(stdout) ?? []
  if (speed === undefined) throw new Error(`redis-benchmark said: ${stdout}`)
  return Number(speed)
}

async function kubectl({ sh, env, signal }: Workbench, input: Buffer | string, ...args: string[]): Promise<string> {
  signal.throwIfAborted()
  const node = `${env.cluster}-control-plane`
  const inNode = ['docker', 'exec', '--interactive', node, 'kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf']
  return (await sh({ input })`${[...inNode, ...args]}`).stdout
}

function rows(
  what: string,
  unit: 'MB/s' | 'per s',
  { nfs, local }: { readonly nfs: readonly number[]; readonly local: readonly number[] },
  { speed, share }: { readonly speed?: number; readonly share?: number },
): Row[] {
  return [
    { what: `${what}: NFS`, unit, samples: nfs, ...(speed !== undefined && { target: { atLeast: speed } }) },
    { what: `${what}: local`, unit, samples: local },
    {
      what: `${what}: NFS / local`,
      unit: 'ratio',
      samples: pairRatios(nfs, local),
      ...(share !== undefined && { target: { atLeast: share } }),
    },
  ]
}
