import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProgressEvent } from '../../../scripts/events.ts'
import { down, removeEnvironment } from '../../../scripts/provision/down.ts'
import { lockEnvironment } from '../../../scripts/provision/lock.ts'
import { temporaryEnvironment } from '../../helpers/temporary-environment.ts'
import { FakeDocker } from './fake-docker.ts'

let temporary: Awaited<ReturnType<typeof temporaryEnvironment>>
beforeEach(async () => {
  temporary = await temporaryEnvironment('t')
  await mkdir(temporary.env.folder, { recursive: true })
  await writeFile(temporary.env.kubeconfig, 'x')
})
afterEach(() => temporary[Symbol.asyncDispose]())

const everything = () => new FakeDocker('t-control-plane', 't-worker', 't-nfs', 't-nfs-export', 'statelab-t')

async function run(runner: FakeDocker, act = down): Promise<string[]> {
  const events: ProgressEvent[] = []
  await act(temporary.env, { runner, root: '/root', signal: new AbortController().signal, emit: (event) => events.push(event) })
  return events.flatMap((event) => (event.type === 'step-finished' ? [`${event.id} ${event.outcome}`] : []))
}

describe('down', () => {
  it('removes nodes, NFS server, export, network and files, in that order, and anonymous volumes with the containers', async () => {
    const docker = everything()
    expect(await run(docker)).toEqual(['cluster done', 'nfs done', 'network done', 'files done'])
    expect(docker.changes).toEqual([
      'docker rm --force --volumes t-control-plane',
      'docker rm --force --volumes t-worker',
      'docker rm --force --volumes t-nfs',
      'docker volume rm --force t-nfs-export',
      'docker network rm statelab-t',
    ])
    expect([...docker.has]).toEqual([])
    expect(await readdir(dirname(temporary.env.folder))).toEqual([])
  })

  it('may be repeated: it says of each part that there is none', async () => {
    const docker = everything()
    await run(docker)
    const before = docker.changes.length
    expect(await run(docker)).toEqual(['cluster skipped', 'nfs skipped', 'network skipped', 'files done'])
    expect(docker.changes).toHaveLength(before)
  })

  it.each(['t-worker', 't-nfs', 't-nfs-export', 'statelab-t'])('removes %s when it is all that is left', async (name) => {
    const docker = new FakeDocker(name)
    await run(docker)
    expect([...docker.has]).toEqual([])
  })

  it('keeps the network and the files when a node cannot be removed', async () => {
    const docker = everything()
    const stuck = docker.run.bind(docker)
    docker.run = (file, args, options) =>
      args.includes('t-worker') ? Promise.reject(new Error('device busy')) : stuck(file, args, options)
    await expect(run(docker)).rejects.toThrow('device busy')
    expect(docker.has).toContain('statelab-t')
    expect(existsSync(temporary.env.kubeconfig)).toBe(true)
  })

  it('does not say that all is gone when Docker does not answer', async () => {
    const docker = everything()
    const answering = docker.run.bind(docker)
    docker.run = (file, args, options) =>
      args[0] === 'network' ? answering('docker', ['compose', 'up'], options) : answering(file, args, options)
    await expect(run(docker)).rejects.toMatchObject({ code: 'command-failed' })
  })

  it('is refused while another process works on the environment, and touches nothing', async () => {
    await using _lock = await lockEnvironment(temporary.env)
    const docker = everything()
    await expect(run(docker)).rejects.toMatchObject({ message: expect.stringContaining('is working on t') })
    expect(docker.calls).toEqual([])
    expect(existsSync(join(temporary.env.folder, 'kubeconfig'))).toBe(true)
  })
})

describe('removeEnvironment', () => {
  it('is for those who hold the lock', async () => {
    await using _lock = await lockEnvironment(temporary.env)
    const docker = everything()
    await run(docker, removeEnvironment)
    expect([...docker.has]).toEqual([])
  })
})
