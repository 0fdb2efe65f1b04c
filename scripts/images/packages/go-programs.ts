import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { CommandRunner } from '../../process/command-runner.ts'
import { collectGoLicences } from './go-licences.ts'
import { deriveModule } from './go-module.ts'

/** The programs of the one Go module, by file name. They share most of their packages, so one call builds them all. */
export const GO_PROGRAMS: Readonly<Record<string, string>> = {
  kube: './node/kube',
  'node-network': './node/network',
  'nfs-provisioner': './nfs-provisioner',
  containerd: 'github.com/containerd/containerd/v2/cmd/containerd',
  'containerd-shim-runc-v2': 'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
  ctr: 'github.com/containerd/containerd/v2/cmd/ctr',
  kind: 'sigs.k8s.io/kind',
}

export interface GoProgramsOptions {
  /** The folder of the Go module. */
  readonly module: string
  /** Where the programs are put; it appears only when all of them are built. */
  readonly folder: string
  readonly kubernetes: string
  /** The Kubernetes version that the module is made for. */
  readonly pinned: string
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/**
 * Builds every Go program, and collects the licences of what is in them. Go's own cache lets an interrupted build go on
 * where it stopped.
 */
export async function buildGoPrograms(runner: CommandRunner, options: GoProgramsOptions): Promise<void> {
  const { module, folder, kubernetes, pinned, signal, progress } = options
  const partial = `${folder}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  const derived = kubernetes === pinned ? [] : [`-modfile=${folder}.mod`, '-mod=mod']
  if (derived.length > 0) await deriveModule(runner, { module, pinned, kubernetes, file: `${folder}.mod`, signal })
  await runner.run(
    'go',
    [
      'build',
      '-v',
      ...derived,
      '-trimpath',
      ...GO_FLAGS,
      '-ldflags',
      linkerFlags(kubernetes),
      '-o',
      `${partial}/`,
      ...Object.values(GO_PROGRAMS),
    ],
    {
      cwd: module,
      env: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' },
      signal,
      onLine: progress,
    },
  )
  await rename(`${partial}/network`, `${partial}/node-network`)
  const packages = Object.values(GO_PROGRAMS)
  const flags = [...derived, ...GO_FLAGS]
  await collectGoLicences(runner, { module, flags, packages, into: join(partial, LICENCES), signal })
  await writeFile(join(partial, CHECKSUMS), JSON.stringify(await checksums(partial), undefined, 2))
  await rm(folder, { recursive: true, force: true })
  await rename(partial, folder)
}

/**
 * The checksum of every program, as it was when they were built; `undefined` when they are not. What is made from a
 * program depends on its bytes, not on the module: a change in one program rebuilds nothing of the others.
 */
export async function readGoPrograms(folder: string): Promise<Readonly<Record<string, string>> | undefined> {
  const text = await readFile(join(folder, CHECKSUMS), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, string>)
}

const CHECKSUMS = 'checksums.json'

/** The folder, beside the programs, with the licences of what is compiled in. */
export const LICENCES = 'licenses'

async function checksums(folder: string): Promise<Record<string, string>> {
  const entries = Object.keys(GO_PROGRAMS).map(async (name) => {
    const hash = createHash('sha256')
    await pipeline(createReadStream(join(folder, name)), hash)
    return [name, hash.digest('hex')] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** Without the snapshotters that no node uses. */
export const GO_FLAGS: readonly string[] = ['-tags', 'no_aufs,no_btrfs,no_devmapper,no_zfs']

/** Kubernetes takes its version from the linker; without it kubeadm refuses to work with its own images. */
function linkerFlags(kubernetes: string): string {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(kubernetes) ?? []
  const set = (name: string, value: string | undefined): string => `-X k8s.io/component-base/version.${name}=${value}`
  return [
    '-s',
    '-w',
    set('gitVersion', kubernetes),
    set('gitMajor', major),
    set('gitMinor', minor),
    set('gitTreeState', 'clean'),
  ].join(' ')
}
