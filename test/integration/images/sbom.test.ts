import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROJECT } from '../../../scripts/commands/project.ts'
import { installedPackages } from '../../../scripts/images/packages/installed-packages.ts'
import { sbomOf } from '../../../scripts/images/sbom/sbom.ts'
import { execaRunner } from '../../../scripts/process/execa-runner.ts'

const IMAGE = process.env.STATELAB_TEST_NFS_SERVER_IMAGE ?? ''
const signal = AbortSignal.timeout(10 * 60_000)

let cacheFolder: string
beforeAll(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'statelab-sbom-'))
})
afterAll(() => rm(cacheFolder, { recursive: true, force: true }))

describe('an image of Debian', () => {
  test('tells its packages, system and licences, the same each time, and leaves nothing on the disk', async () => {
    const options = { name: 'nfs-server', cacheFolder, signal }
    const text = await sbomOf(execaRunner, IMAGE, options)
    const { components } = JSON.parse(text) as { components: { name: string; version: string; licenses?: unknown[] }[] }
    const installed = await installedPackages(execaRunner, IMAGE, options)
    const named = Object.fromEntries(components.map(({ name, version }) => [name, version]))
    expect(named).toEqual({ debian: '12', ...installed })
    expect(installed['nfs-ganesha']).toMatch(/^4\.3-/)
    expect(components.find(({ name }) => name === 'nfs-ganesha')?.licenses).not.toEqual([])
    expect(await sbomOf(execaRunner, IMAGE, options)).toBe(text)
    expect(await readdir(cacheFolder)).toEqual([])
  })
})

describe('record', () => {
  const tools = join(PROJECT.root, 'images', 'debian')
  const run = async (script: string): Promise<string[]> => {
    const volume = ['--volume', `${tools}:/tools:ro`]
    const start = ['run', '--rm', '--network', 'none', ...volume, '--entrypoint', 'sh', IMAGE, '-euc', script]
    return (await execaRunner.run('docker', start, { signal })).stdout.split('\n')
  }

  test('knows the package of a file by every name that the file has, and of a link and what it leads to', async () => {
    const script =
      'ln -s /usr/bin/setpriv /usr/bin/mine; /tools/record /r /bin/busybox /usr/bin/mine; ls /r/var/lib/dpkg/status.d'
    expect(await run(script)).toEqual(['base-files', 'busybox-static', 'util-linux'])
    expect(await run(script.replace('/r /bin/', '/r /usr/bin/'))).toEqual(['base-files', 'busybox-static', 'util-linux'])
  })

  test('puts the record and the licence of each package where scanners look, and says which system it is', async () => {
    const script =
      '/tools/record /r /bin/busybox; cd /r; cat var/lib/dpkg/status.d/busybox-static etc/os-release; find . -type f | sort'
    const lines = await run(script)
    expect(lines).toContain('Package: busybox-static')
    expect(lines).toContain('VERSION_ID="12"')
    expect(lines.filter((line) => line.startsWith('./'))).toEqual([
      './etc/os-release',
      './usr/share/doc/base-files/copyright',
      './usr/share/doc/busybox-static/copyright',
      './var/lib/dpkg/status.d/base-files',
      './var/lib/dpkg/status.d/busybox-static',
    ])
  })

  test('takes a file that no package owns for nobody’s', async () => {
    expect(await run('touch /own; /tools/record /r /own; ls /r/var/lib/dpkg/status.d')).toEqual(['base-files'])
  })
})
