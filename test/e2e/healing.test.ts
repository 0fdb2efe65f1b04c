import { access } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import { anonymousVolumes, ENV, leftovers, signalWhenSaid, statelab, statelabOk } from './harness.ts'

const UP = ['up', '--name', ENV.name]

describe('after anything', () => {
  test('down leaves nothing, and may be repeated', async () => {
    await statelabOk(...UP)
    const volumes = await anonymousVolumes()
    await statelabOk('down', '--name', ENV.name)
    expect(await leftovers()).toEqual([])
    expect(await anonymousVolumes()).toEqual(volumes)
    await expect(access(ENV.folder)).rejects.toThrow()
    await statelabOk('down', '--name', ENV.name)
    expect(JSON.parse(await statelabOk('status', '--name', ENV.name, '-o', 'json'))).toMatchObject({
      cluster: { state: 'absent' },
      nfs: { state: 'absent' },
    })
  })

  test('an up that is interrupted exits with 130 and leaves nothing', async () => {
    const { code, output } = await signalWhenSaid(UP, /Wait for the API server/, 'SIGINT')
    expect(code).toBe(130)
    expect(output).toContain('Nothing of the environment')
    expect(await leftovers()).toEqual([])
  })

  test.each([
    ['while the nodes start', /Create the cluster/],
    ['when the API server has just answered', /✔ Wait for the API server/],
    ['while storage is being proven', /▸ Prove a dynamic volume/],
  ])('an up that was killed %s is made whole by the next', async (_when, said) => {
    await signalWhenSaid(UP, said, 'SIGKILL')
    await statelabOk(...UP)
    expect(JSON.parse(await statelabOk('status', '--name', ENV.name, '-o', 'json'))).toMatchObject({
      cluster: { state: 'running', nodes: 2 },
      nfs: { state: 'running' },
      provisioner: { state: 'running' },
    })
    await statelabOk('down', '--name', ENV.name)
    expect(await leftovers()).toEqual([])
  })

  test('down ends in time when the NFS server died under its clients', async () => {
    await statelabOk(...UP)
    await statelabOk('start', 'redis-replication', '--name', ENV.name)
    await execaRunner.run('docker', ['rm', '--force', ENV.nfsContainer])
    const startedAt = performance.now()
    const { exitCode, stderr } = await statelab('down', '--name', ENV.name)
    expect(exitCode, stderr).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(60_000)
    expect(await leftovers()).toEqual([])
  })
})
