import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROJECT } from '../../scripts/commands/project.ts'
import type { CommandResult } from '../../scripts/process/command-runner.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import { fillRegistry } from '../helpers/fill-registry.ts'
import { officialImages, writeLockFile } from '../helpers/official-images.ts'
import { startRegistry } from '../helpers/registry.ts'
import { removeProvided } from '../helpers/remove-provided.ts'
import { ENV, statelab } from './harness.ts'

const NAME = 'statelab-e2e-mirror'
const PREFIX = 'teaching/hub'

/**
 * A mirror that has everything under its official name, and a copy of the project that has the mirror's digests in its
 * lock file: the images are played by what `packages` built, and their digests are not the world's.
 */
describe('an environment from a mirror', () => {
  const cleanup = new AsyncDisposableStack()
  let mirror: string
  let cli: string
  let env: Readonly<Record<string, string>>
  let up: CommandResult

  beforeAll(async () => {
    await pauseOther(cleanup)
    const folder = await mkdtemp(join(tmpdir(), 'statelab-mirror-'))
    cleanup.defer(() => rm(folder, { recursive: true, force: true }))
    const { images, programs } = await officialImages(AbortSignal.timeout(5 * 60_000))
    const registry = cleanup.use(await startRegistry())
    mirror = `${registry.host}/${PREFIX}`
    const digests = await fillRegistry(registry, images, { prefix: PREFIX, naming: 'with-registry' })
    const root = join(folder, 'project')
    await copyProject(root)
    const lockFile = join(root, 'manifests', 'images.lock.yaml')
    await writeLockFile(lockFile, digests)
    cleanup.defer(() => removeProvided(lockFile))
    cli = join(root, 'scripts', 'cli.ts')
    const state = join(folder, 'state')
    env = { CI: 'true', STATELAB_HOME: state, PATH: `${programs}${delimiter}${process.env.PATH}` }
    cleanup.defer(async () => void (await run('down')))
    up = await run('up', '--mirror', mirror)
    expect(up.exitCode, up.stderr).toBe(0)
  }, 10 * 60_000)
  afterAll(() => cleanup.disposeAsync())

  test('comes up from nothing but the mirror', async () => {
    expect(up.stderr).toContain('images come from mirror')
    const status = JSON.parse((await run('status', '-o', 'json')).stdout)
    expect(status).toMatchObject({
      cluster: { state: 'running', nodes: 2, kubernetes: 'v1.36.3' },
      nfs: { state: 'running' },
      provisioner: { state: 'running', version: 'v4.0.2' },
    })
  })

  test('proves a lab on dynamic volumes', async () => {
    const { exitCode, stdout, stderr } = await run('run', 'redis-persistence', '-o', 'json')
    expect(exitCode, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ passed: 1, failed: 0 })
  })

  test('is left alone by a second up, which needs no mirror to be named', async () => {
    const { exitCode, stderr } = await run('up')
    expect(exitCode, stderr).toBe(0)
    expect(stderr).not.toMatch(/Pull|Build|Bake/)
  })

  test('takes nothing from another source: versions would be mixed', async () => {
    const { exitCode, stderr } = await run('up', '--source', 'packages')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('the environment was made from mirror')
  })

  test('shows where each image comes from', async () => {
    const { stdout } = await run('images', '--mirror', mirror, '-o', 'json')
    const { images } = JSON.parse(stdout) as { images: readonly { reference: string; source: string; digest?: string }[] }
    expect(images.find(({ reference }) => reference === 'docker.io/library/redis:alpine')).toMatchObject({
      source: 'mirror',
      digest: expect.stringMatching(/^sha256:/),
    })
  })

  test('goes away whole', async () => {
    expect((await run('down')).exitCode).toBe(0)
    for (const kind of ['container', 'network', 'volume']) {
      const { stdout } = await execaRunner.run('docker', [
        kind,
        'ls',
        '--format',
        kind === 'container' ? '{{.Names}}' : '{{.Name}}',
      ])
      expect(stdout).not.toContain(NAME)
    }
  })

  function run(verb: string, ...args: string[]): Promise<CommandResult> {
    return execaRunner.run(process.execPath, [cli, verb, '--name', NAME, ...args], { allow: 'any', env })
  }
})

/** Two clusters at once are more than two cores can hold. */
async function pauseOther(cleanup: AsyncDisposableStack): Promise<void> {
  const { stdout } = await statelab('status', '--name', ENV.name, '-o', 'json')
  if (JSON.parse(stdout).cluster?.state !== 'running') return
  await statelab('pause', '--name', ENV.name)
  cleanup.defer(async () => void (await statelab('resume', '--name', ENV.name)))
}

async function copyProject(root: string): Promise<void> {
  for (const entry of ['images', 'labs', 'manifests', 'package.json', 'scripts']) {
    await cp(join(PROJECT.root, entry), join(root, entry), { recursive: true })
  }
  await symlink(join(PROJECT.root, 'node_modules'), join(root, 'node_modules'))
}
