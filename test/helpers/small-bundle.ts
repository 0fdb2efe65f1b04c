import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BundleJson } from '../../scripts/images/bundle/bundle-json.ts'
import { collectFiles } from '../../scripts/images/bundle/collect-files.ts'
import { textFile } from '../../scripts/images/bundle/disk-file.ts'
import type { Image, Layer } from '../../scripts/images/bundle/oci-layout.ts'
import { type TarFile, tarOf } from '../../scripts/images/bundle/tar.ts'
import { createBlob } from '../../scripts/images/bundle/zstd-blob.ts'

export const MACHINE = { version: '0.1.0', platform: 'linux-x64' }

export const BUNDLE: BundleJson = {
  schema: 1,
  statelab: '0.1.0',
  kubernetes: 'v1.36.3',
  platform: 'linux-x64',
  source: 'packages',
  labs: ['redis-persistence'],
  provision: { nodeImage: 'statelab/node-image:1', nfsServerImage: 'statelab/nfs-server:1', provisionerImage: 'provisioner:v4' },
  references: [{ reference: 'docker.io/library/redis:7.0', digest: 'sha256:aa', bytes: 5 }],
  files: { 'bundle/kind': 'the program kind' },
}

/** What the layers of the images in a small bundle unpack to; the first is in both. */
export const LAYERS = ['shared layer '.repeat(4000), 'node layer', 'server layer'] as const

export interface SmallBundle extends AsyncDisposable {
  readonly folder: string
  readonly images: readonly Image[]
  /** Its files, by their paths in the archive. */
  readonly files: readonly TarFile[]
  /** Writes an archive of files as they are given, into the folder. */
  write(name: string, files: readonly TarFile[]): Promise<string>
}

/** A bundle with everything but size. */
export async function smallBundle({ announce = (layer: Layer) => layer } = {}): Promise<SmallBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'statelab-bundle-'))
  const blobs = join(folder, 'blobs')
  await mkdir(blobs)
  const [shared, node, server] = await Promise.all(LAYERS.map((text) => createBlob([Buffer.from(text)], blobs)))
  const image = (name: string, ...layers: readonly (Layer | undefined)[]): Image => {
    const present = layers.filter((layer) => layer !== undefined)
    const config = { architecture: 'amd64', name, rootfs: { type: 'layers', diff_ids: present.map(({ diffId }) => diffId) } }
    return { name, config: Buffer.from(JSON.stringify(config)), layers: present.map(announce) }
  }
  const images = [image(BUNDLE.provision.nodeImage, shared, node), image(BUNDLE.provision.nfsServerImage, shared, server)]
  await writeFile(join(folder, 'package.json'), '{}')
  const files = await collectFiles({
    root: folder,
    paths: ['package.json'],
    bundle: BUNDLE,
    blobs,
    images,
    packed: [{ ...textFile('bundle/kind', '#!/bin/sh\necho kind\n'), executable: true }],
    signal: new AbortController().signal,
  })
  return {
    folder,
    images,
    files: files.map((file) => ({ ...file, path: `statelab/${file.path}` })),
    write: async (name, content) => {
      const path = join(folder, name)
      await writeFile(path, tarOf(content))
      return path
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}
