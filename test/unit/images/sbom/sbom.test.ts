import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sbomOf, sbomOfArchive } from '../../../../scripts/images/sbom/sbom.ts'
import { FakeRunner, failing } from '../../../helpers/fake-runner.ts'
import { goProgram, type LayerFiles, tarOf, writeImageArchive } from './image-archive.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statelab-sbom-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const DIGEST = `sha256:${'ab'.repeat(32)}`
const signal = new AbortController().signal

interface Document {
  readonly serialNumber: string
  readonly components: readonly { readonly purl?: string; readonly name: string; readonly licenses?: unknown }[]
}

async function documentOf(...layers: readonly (LayerFiles | Buffer)[]): Promise<Document> {
  const file = join(folder, 'image.tar')
  await writeImageArchive(file, layers)
  return JSON.parse(await sbomOfArchive(file, { name: 'x', digest: DIGEST, licences: join(folder, 'licenses'), signal }))
}

const purlsOf = ({ components }: Document): string[] => components.flatMap(({ purl }) => purl ?? [])

const OS = 'NAME="Debian"\nID=debian\nVERSION_ID="12"\n'
const stanza = (name: string, version: string, more = ''): string =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\n${more}Version: ${version}\n`

describe('the SBOM of an image', () => {
  it('has the packages of dpkg, as far as they are installed, with their system and their source', async () => {
    const status = [
      stanza('libc6', '2.36-9+deb12u14', 'Source: glibc\n'),
      stanza('redis', '5:7.0~1', 'Source: redis-src (5:7)\n'),
      stanza('gone', '1').replace('install ok installed', 'deinstall ok config-files'),
    ].join('\n')
    expect(purlsOf(await documentOf({ 'etc/os-release': OS, 'var/lib/dpkg/status': status }))).toEqual([
      'pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64&distro=debian-12&upstream=glibc',
      'pkg:deb/debian/redis@5:7.0~1?arch=amd64&distro=debian-12&upstream=redis-src%405:7',
    ])
  })

  it('has the packages of status.d, and their licences by SPDX names where there are such', async () => {
    const copyright = 'Format: https://x/copyright-format/1.0/\nLicense: Expat\nLicense: GPL-2+ or house-rules\n'
    const { components } = await documentOf({
      'var/lib/dpkg/status.d/tool': stanza('tool', '1'),
      'var/lib/dpkg/status.d/tool.md5sums': 'abc  usr/bin/tool\n',
      'usr/share/doc/tool/copyright': copyright,
    })
    expect(components).toMatchObject([
      {
        name: 'tool',
        licenses: [{ license: { id: 'GPL-2.0-or-later' } }, { license: { id: 'MIT' } }, { license: { name: 'house-rules' } }],
      },
    ])
  })

  it('has the packages of apk', async () => {
    const installed = 'C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\no:musl\n\nP:busybox-binsh\nV:1.37\nA:x86_64\no:busybox\n'
    const system = 'ID=alpine\nVERSION_ID=3.21.0\n'
    expect(purlsOf(await documentOf({ 'etc/os-release': system, 'lib/apk/db/installed': installed }))).toEqual([
      'pkg:apk/alpine/busybox-binsh@1.37?arch=x86_64&distro=alpine-3.21.0&upstream=busybox',
      'pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.21.0',
    ])
  })

  it('has the modules in programs of Go, with licences that were collected, and none of what is no program', async () => {
    const content = goProgram(['mod\texample.org/own\t(devel)', 'dep\tgo.uber.org/Zap\tv1.27.1'])
    const licences = join(folder, 'licenses', 'go.uber.org', 'Zap@v1.27.1')
    await mkdir(licences, { recursive: true })
    await writeFile(join(licences, 'LICENSE'), 'Permission is hereby granted, free of charge, to any person\n obtaining a copy')
    const document = await documentOf({ 'usr/bin/own': { mode: 0o755, content }, 'usr/share/own.bak': { mode: 0o644, content } })
    expect(purlsOf(document)).toEqual([
      'pkg:golang/example.org/own',
      'pkg:golang/go.uber.org/Zap@v1.27.1',
      'pkg:golang/stdlib@1.26.8',
    ])
    expect(document.components[1]?.licenses).toEqual([{ license: { id: 'MIT' } }])
  })

  it('has only the standard library of a program that was built without modules', async () => {
    const document = await documentOf({ 'usr/bin/runc': { mode: 0o755, content: goProgram([], { go: 'go1.19.8' }) } })
    expect(purlsOf(document)).toEqual(['pkg:golang/stdlib@1.19.8'])
  })

  it('has what the layers leave: nothing that one above removed, emptied or replaced', async () => {
    const record = (name: string): LayerFiles => ({ [`var/lib/dpkg/status.d/${name}`]: stanza(name, '1') })
    const document = await documentOf(
      { ...record('kept'), ...record('removed'), 'opt/bin/a': { mode: 0o755, content: goProgram(['mod\ta.org/a\tv1.0.0']) } },
      { 'var/lib/dpkg/status.d/.wh.removed': '', 'opt/bin': 'a file now', ...record('added') },
    )
    expect(document.components.map(({ name }) => name)).toEqual(['added', 'kept'])
    const emptied = await documentOf(record('old'), { 'var/lib/dpkg/status.d/.wh..wh..opq': '', ...record('new') })
    expect(emptied.components.map(({ name }) => name)).toEqual(['new'])
  })

  it('counts what a node holds unpacked, or packed in its container store, as the node’s own', async () => {
    const packed = await tarOf({ 'var/lib/dpkg/status.d/packed': stanza('packed', '1') })
    const document = await documentOf({
      'kind/snapshots/7/fs/var/lib/dpkg/status.d/unpacked': stanza('unpacked', '1'),
      'kind/snapshots/7/fs/etc/os-release': OS,
      [`var/lib/containerd/io.containerd.content.v1.content/blobs/sha256/${'c'.repeat(64)}`]: gzipSync(packed),
      [`var/lib/containerd/io.containerd.content.v1.content/blobs/sha256/${'d'.repeat(64)}`]: '{"layers": []}',
    })
    expect(purlsOf(document)).toEqual([
      'pkg:deb/debian/packed@1?arch=amd64',
      'pkg:deb/debian/unpacked@1?arch=amd64&distro=debian-12',
    ])
  })

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('reads layers that are packed with %s', async (_name, compress) => {
    const layer = compress(await tarOf({ 'var/lib/dpkg/status.d/a': stanza('a', '1') }))
    expect((await documentOf(layer)).components.map(({ name }) => name)).toEqual(['a'])
  })

  it('is the same for the same image, and has a number made from the image’s digest', async () => {
    const layer = { 'var/lib/dpkg/status': stanza('a', '1') }
    const [one, two] = [await documentOf(layer), await documentOf(layer)]
    expect(two).toEqual(one)
    // uuid.uuid5(uuid.NAMESPACE_URL, 'sha256:abab…') of Python.
    expect(one.serialNumber).toBe('urn:uuid:9cee660b-b2ca-516a-b8b5-88e6d2e104a0')
    expect(JSON.stringify(one)).not.toMatch(/timestamp/)
  })

  it('refuses a file that is no image', async () => {
    const file = join(folder, 'image.tar')
    await writeFile(file, await tarOf({ x: 'y' }))
    await expect(sbomOfArchive(file, { name: 'x', digest: DIGEST, signal })).rejects.toMatchObject({ code: 'image-failed' })
  })

  it('is made from what Docker saves, which goes away again, also when saving fails', async () => {
    const runner = new FakeRunner(async (command) => {
      if (command.startsWith('docker image inspect')) return JSON.stringify({ Id: DIGEST, Size: 1, Created: '' })
      const file = /^docker save --output (\S+) statelab\/x:1$/.exec(command)?.[1]
      if (file === undefined) return failing('no')
      await writeImageArchive(file, [{ 'var/lib/dpkg/status': stanza('a', '1') }])
      return ''
    })
    const options = { name: 'x', cacheFolder: folder, signal }
    expect(purlsOf(JSON.parse(await sbomOf(runner, 'statelab/x:1', options)))).toEqual(['pkg:deb/debian/a@1?arch=amd64'])
    await expect(sbomOf(runner, 'statelab/other:1', options)).rejects.toMatchObject({ code: 'command-failed' })
    expect(await readdir(folder)).toEqual([])
  })
})
