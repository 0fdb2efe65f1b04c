import { describe, expect, it } from 'vitest'
import { ENVIRONMENT_LABEL, environment } from '../../../scripts/environment.ts'
import { ensureNfsServer, readNfsServer, removeNfsServer } from '../../../scripts/nfs/server.ts'
import { CommandFailedError, type CommandRunner } from '../../../scripts/process/command-runner.ts'

const env = environment('course')
const signal = new AbortController().signal

interface FakeDocker {
  readonly runner: CommandRunner
  /** What was asked of it besides looking. */
  readonly changes: string[]
}

/** A Docker that has one container and one volume, or lacks them. */
function fakeDocker(has: { status?: string; owner?: string; ready?: boolean; volume?: boolean }): FakeDocker {
  const changes: string[] = []
  const labels = { [ENVIRONMENT_LABEL]: has.owner ?? env.name }
  const networks = { [env.network]: { IPAddress: '', IPAMConfig: { IPv4Address: '10.0.0.10' } } }
  const container = { State: { Status: has.status }, Config: { Labels: labels }, NetworkSettings: { Networks: networks } }
  let present = has.status !== undefined
  const runner: CommandRunner = {
    async run(file, args) {
      const answer = (stdout: string, exitCode = 0) => ({ exitCode, stdout, stderr: '' })
      const missing = (stderr: string): never => {
        throw new CommandFailedError({ command: file, exitCode: 1, stderr, notFound: false })
      }
      const command = args.slice(0, 2).join(' ')
      if (command === 'container inspect')
        return present ? answer(JSON.stringify(container)) : missing('Error: No such container: course-nfs')
      if (command === 'volume inspect')
        return has.volume ? answer(JSON.stringify({ Labels: labels })) : missing('Error: No such volume: x')
      if (command === 'image inspect') return missing('Error: No such image: nfs:1')
      if (args[0] === 'exec') return answer('', has.ready ? 0 : 1)
      changes.push(args.join(' '))
      if (args[0] === 'rm') present = false
      return answer('')
    },
  }
  return { runner, changes }
}

describe('the state of the NFS server', () => {
  it.each([
    ['absent', {}, undefined],
    ['stopped', { status: 'exited' }, '10.0.0.10'],
    ['stopped', { status: 'created' }, '10.0.0.10'],
    ['stopped', { status: 'paused' }, '10.0.0.10'],
    ['unhealthy', { status: 'restarting' }, '10.0.0.10'],
    ['unhealthy', { status: 'running', ready: false }, '10.0.0.10'],
    ['running', { status: 'running', ready: true }, '10.0.0.10'],
  ])('is %s when Docker has %j', async (state, has, address) => {
    const { runner, changes } = fakeDocker(has)
    expect(await readNfsServer(env, signal, runner)).toEqual(address ? { state, address } : { state })
    expect(changes).toEqual([])
  })

  it("is not read off another's container", async () => {
    const { runner } = fakeDocker({ status: 'running', owner: 'other' })
    await expect(readNfsServer(env, signal, runner)).rejects.toThrow(
      'course-nfs exists and does not belong to environment course',
    )
  })

  it('is an error when Docker does not answer', async () => {
    const runner: CommandRunner = {
      async run(command) {
        throw new CommandFailedError({ command, exitCode: 1, stderr: 'Cannot connect to the Docker daemon', notFound: false })
      },
    }
    await expect(readNfsServer(env, signal, runner)).rejects.toThrow('Cannot connect to the Docker daemon')
  })
})

describe('removing the NFS server', () => {
  it('removes the container, then the volume', async () => {
    const { runner, changes } = fakeDocker({ status: 'running', volume: true })
    expect(await removeNfsServer(env, signal, runner)).toBe(true)
    expect(changes).toEqual(['rm --force --volumes course-nfs', 'volume rm --force course-nfs-export'])
  })

  it('removes a volume that lost its container', async () => {
    const { runner, changes } = fakeDocker({ volume: true })
    expect(await removeNfsServer(env, signal, runner)).toBe(true)
    expect(changes).toEqual(['volume rm --force course-nfs-export'])
  })

  it('says so when there was nothing', async () => {
    const { runner, changes } = fakeDocker({})
    expect(await removeNfsServer(env, signal, runner)).toBe(false)
    expect(changes).toEqual([])
  })

  it("leaves another's container alone", async () => {
    const { runner, changes } = fakeDocker({ status: 'exited', owner: 'other', volume: true })
    await expect(removeNfsServer(env, signal, runner)).rejects.toThrow('does not belong')
    expect(changes).toEqual([])
  })
})

describe('ensuring the NFS server', () => {
  it('asks for an image source when the image is not there, and touches nothing', async () => {
    const { runner, changes } = fakeDocker({ status: 'running', ready: true })
    const options = { runner, image: 'nfs:1', network: 'n', subnet: '10.0.0.0/24', address: '10.0.0.10', signal }
    await expect(ensureNfsServer(env, options)).rejects.toMatchObject({ code: 'image-failed' })
    expect(changes).toEqual([])
  })
})
