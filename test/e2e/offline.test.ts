import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROJECT } from '../../scripts/commands/project.ts'
import { findProgram, localHost } from '../../scripts/host/host.ts'
import type { CommandResult } from '../../scripts/process/command-runner.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import { ENV, statelabOk } from './harness.ts'

/** Takes root, a dockerd of its own, and a kernel with network namespaces. */
const machine = localHost(execaRunner)
const programs = await Promise.all(['dockerd', 'unshare', 'ip'].map((name) => findProgram(machine, name)))
const canRun = machine.platform === 'linux' && machine.uid === 0 && !programs.includes(undefined)
const SCRIPT = join(PROJECT.root, 'test', 'fixtures', 'offline', 'in-no-network.sh')

describe.runIf(canRun)('a machine without a network', () => {
  let folder: string
  let archive: string

  beforeAll(async () => {
    // Two clusters at once are more than two cores can hold.
    await statelabOk('down', '--name', ENV.name)
    folder = await mkdtemp(join(tmpdir(), 'statelab-offline-'))
    archive = join(folder, 'bundle.tar')
    await statelabOk('bundle', 'save', archive, '--source', 'packages')
    await execaRunner.run('tar', ['-xf', archive, '-C', folder])
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('has a bundle in which nothing is wrong, of at most 450 MB', async () => {
    const { problems, bytes } = JSON.parse(await statelabOk('bundle', 'verify', archive, '-o', 'json'))
    expect(problems).toEqual([])
    expect(bytes).toBeLessThan(450e6)
  })

  test('npm start proves two labs with nothing but the bundle, and down removes everything', async () => {
    const { exitCode, stdout, stderr } = await withoutNetwork('sh', '-c', 'npm start && scripts/statelab down')
    expect(stderr).toContain('installing the dependencies from the bundle')
    expect(stderr).toContain('images come from bundle')
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('2 passed, 0 failed') })
  })

  function withoutNetwork(file: string, ...args: string[]): Promise<CommandResult> {
    return execaRunner.run('unshare', ['--net', 'sh', SCRIPT, folder, file, ...args], {
      cwd: join(folder, 'statelab'),
      env: { CI: 'true', HOME: folder, STATELAB_HOME: join(folder, 'state') },
      allow: 'any',
    })
  }
})
