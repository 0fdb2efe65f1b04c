import { describe, expect, test } from 'vitest'
import { cgroupOf, parseUsage, unreclaimableOf } from '../../../scripts/bench/container-memory.ts'

const ID = 'f4ce769c2894'

describe('the cgroup of a whole container', () => {
  test.each([
    [
      'v1, of a node whose init has a cgroup of its own',
      `9:cpu:/docker/${ID}\n4:memory:/docker/${ID}/init.scope\n0::/x\n`,
      1,
      `/docker/${ID}`,
    ],
    ['v2, made by systemd', `0::/system.slice/docker-${ID}.scope/init.scope\n`, 2, `/system.slice/docker-${ID}.scope`],
    ['v2, made by Docker', `0::/docker/${ID}\n`, 2, `/docker/${ID}`],
  ])('%s', (_, cgroups, version, path) => {
    expect(cgroupOf(ID, cgroups)).toEqual({ version, path })
  })

  test('a process outside of the container is refused: the whole machine would be counted', () => {
    expect(() => cgroupOf(ID, '4:memory:/user.slice\n0::/\n')).toThrow('no memory cgroup of its own')
  })
})

describe('memory without page cache', () => {
  test('v1 counts the totals, with the cgroups below', () => {
    expect(unreclaimableOf('cache 5\nrss 1\ntotal_cache 500\ntotal_rss 100\ntotal_shmem 20\n')).toBe(120)
  })

  test('v2 counts anonymous, shared and kernel memory', () => {
    expect(unreclaimableOf('anon 100\nfile 500\nkernel 30\nshmem 20\n')).toBe(150)
  })
})

describe('what docker stats shows', () => {
  test.each([
    ['601.5MiB / 23.54GiB', 601.5 * 2 ** 20],
    ['1.25GiB / 23.54GiB', 1.25 * 2 ** 30],
    ['964KiB / 1GiB', 964 * 2 ** 10],
    ['0B / 0B', 0],
  ])('%s', (shown, bytes) => {
    expect(parseUsage(shown)).toBe(bytes)
  })

  test('anything else is an error, not NaN', () => {
    expect(() => parseUsage('-- / --')).toThrow('docker stats shows "-- / --"')
  })
})
