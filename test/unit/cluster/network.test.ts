import { describe, expect, it } from 'vitest'
import { ensureNetwork, readNetwork, readNetworkLabel, removeNetwork } from '../../../scripts/cluster/network.ts'
import { environment } from '../../../scripts/environment.ts'
import { FakeRunner, failing } from '../../helpers/fake-runner.ts'

const env = environment('t')
const { signal } = new AbortController()

const MISSING = failing('Error response from daemon: network statelab-t not found')
const OVERLAP = failing('Error response from daemon: Pool overlaps with other one on this address space')

/** Docker with no network of ours, in which some subnets are taken. */
const docker = (taken: readonly string[] = []) =>
  new FakeRunner((command) => {
    if (command.startsWith('docker network inspect')) return MISSING
    return taken.some((subnet) => command.includes(`--subnet ${subnet} `)) ? OVERLAP : 'id'
  })

const creations = ({ commands }: FakeRunner): string[] =>
  commands.filter((command) => command.startsWith('docker network create'))

describe('ensureNetwork', () => {
  it('makes a labelled network with an address for the NFS server that no node is given', async () => {
    const runner = docker()
    expect(await ensureNetwork(runner, env, { signal })).toEqual({ subnet: '10.213.0.0/24', nfsAddress: '10.213.0.10' })
    expect(creations(runner)).toEqual([
      'docker network create --driver bridge --label dev.statelab.environment=t --subnet 10.213.0.0/24 --gateway 10.213.0.1 --ip-range 10.213.0.128/25 statelab-t',
    ])
  })

  it('gives a network that it makes further labels, which can be read', async () => {
    const runner = docker()
    await ensureNetwork(runner, env, { labels: { 'a.b': 'c' }, signal })
    expect(creations(runner)[0]).toContain(' --label dev.statelab.environment=t --label a.b=c ')
    expect(await readNetworkLabel(new FakeRunner(() => 'c\n'), env, 'a.b', signal)).toBe('c')
    expect(await readNetworkLabel(runner, env, 'a.b', signal)).toBeUndefined()
  })

  it.each([
    'Pool overlaps with other one on this address space',
    'cannot create network: conflicts with network abc: networks have overlapping IPv4',
  ])('tries the next subnet after "%s"', async (stderr) => {
    const runner = new FakeRunner((command) => {
      if (command.startsWith('docker network inspect')) return MISSING
      return command.includes('10.213.2.') ? 'id' : failing(stderr)
    })
    expect(await ensureNetwork(runner, env, { signal })).toEqual({ subnet: '10.213.2.0/24', nfsAddress: '10.213.2.10' })
    expect(creations(runner)).toHaveLength(3)
  })

  it('takes the network that is there, and changes nothing', async () => {
    const runner = new FakeRunner(() => '10.213.7.0/24\n')
    expect(await ensureNetwork(runner, env, { signal })).toEqual({ subnet: '10.213.7.0/24', nfsAddress: '10.213.7.10' })
    expect(creations(runner)).toEqual([])
  })

  it('gives up at once for any other reason', async () => {
    const runner = new FakeRunner((command) =>
      command.includes('inspect') ? MISSING : failing('all predefined address pools have been fully subnetted'),
    )
    await expect(ensureNetwork(runner, env, { signal })).rejects.toMatchObject({ code: 'command-failed' })
    expect(creations(runner)).toHaveLength(1)
  })

  it('says what to do when every subnet is taken', async () => {
    const runner = new FakeRunner((command) => (command.includes('inspect') ? MISSING : OVERLAP))
    await expect(ensureNetwork(runner, env, { signal })).rejects.toMatchObject({
      code: 'operation-failed',
      message: 'no free subnet for the network statelab-t: 32 were tried',
      fix: expect.stringContaining('docker network prune'),
    })
  })
})

describe('readNetwork', () => {
  it('reads the IPv4 subnet beside an IPv6 one', async () => {
    expect(await readNetwork(new FakeRunner(() => 'fc00:f853::/64\n10.213.3.0/24\n'), env, signal)).toEqual({
      subnet: '10.213.3.0/24',
      nfsAddress: '10.213.3.10',
    })
  })

  it.each(['Error: No such network: statelab-t', 'Error response from daemon: network statelab-t not found'])(
    'knows none when Docker says %j',
    async (stderr) => {
      expect(await readNetwork(new FakeRunner(() => failing(stderr)), env, signal)).toBeUndefined()
    },
  )

  it('does not take a daemon that does not answer for a missing network', async () => {
    await expect(
      readNetwork(new FakeRunner(() => failing('Cannot connect to the Docker daemon')), env, signal),
    ).rejects.toMatchObject({ code: 'command-failed' })
  })
})

describe('removeNetwork', () => {
  it('removes the network', async () => {
    const runner = new FakeRunner((command) => (command.includes('inspect') ? '10.213.0.0/24\n' : ''))
    expect(await removeNetwork(runner, env, signal)).toBe(true)
    expect(runner.commands.at(-1)).toBe('docker network rm statelab-t')
  })

  it('has nothing to do when there is none', async () => {
    const runner = new FakeRunner(() => MISSING)
    expect(await removeNetwork(runner, env, signal)).toBe(false)
    expect(runner.calls).toHaveLength(1)
  })
})
