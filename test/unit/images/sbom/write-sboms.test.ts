import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeSboms } from '../../../../scripts/images/sbom/write-sboms.ts'
import { FakeRunner, failing } from '../../../helpers/fake-runner.ts'
import { writeImageArchive } from './image-archive.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statelab-sboms-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const record = (reference: string, digest?: string) => ({
  reference,
  source: 'packages' as const,
  remake: 'statelab up --source packages',
  ...(digest !== undefined && { digest }),
})
const RECORDS = [
  record('statelab/node-image:1', 'sha256:1'),
  record('docker.io/library/redis:7', 'sha256:2'),
  record('docker.io/library/redis:7.0', 'sha256:2'),
  record('docker.io/library/nginx:1', 'sha256:only-in-the-node'),
  record('registry.k8s.io/pause:3.10'),
]

const docker = new FakeRunner(async (command) => {
  const inspected = /^docker image inspect .* (sha256:\S+)$/.exec(command)?.[1]
  if (inspected === 'sha256:only-in-the-node') return failing('Error: No such image')
  if (inspected !== undefined) return JSON.stringify({ Id: inspected, Size: 1, Created: '' })
  await writeImageArchive(/--output (\S+)/.exec(command)?.[1] ?? '', [{ 'etc/os-release': 'ID=debian\nVERSION_ID=12\n' }])
  return ''
})

const write = (records: readonly ReturnType<typeof record>[]) => {
  const to = { folder: join(folder, 'to'), cacheFolder: join(folder, 'cache') }
  return writeSboms(docker, { records, ...to, emit: () => {}, signal: new AbortController().signal })
}

describe('writeSboms', () => {
  it('writes one file for each distinct image that is here', async () => {
    const files = await write(RECORDS)
    expect(files).toEqual(['node-image', 'redis'].map((name) => join(folder, 'to', `${name}.cdx.json`)))
    expect((await readdir(join(folder, 'to'))).sort()).toEqual(['node-image.cdx.json', 'redis.cdx.json'])
    expect(JSON.parse(await readFile(files[1] ?? '', 'utf8'))).toMatchObject({
      metadata: { component: { name: 'redis', version: 'sha256:2' } },
      components: [{ name: 'debian', version: '12' }],
    })
    expect(await readdir(join(folder, 'cache'))).toEqual([])
  })

  it('says how to get the images when none of them is here', async () => {
    await expect(write([record('docker.io/library/redis:7')])).rejects.toMatchObject({
      code: 'not-found',
      fix: 'statelab up --source packages',
    })
    expect(await readdir(folder)).toEqual([])
  })
})
