import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { environment, stateFolder } from '../../scripts/environment.ts'
import { exitCodeOf } from '../../scripts/errors.ts'

describe('environment', () => {
  it('names everything after itself', () => {
    expect(environment('lab-1')).toMatchObject({
      name: 'lab-1',
      cluster: 'lab-1',
      network: 'statelab-lab-1',
      nfsContainer: 'lab-1-nfs',
      nfsVolume: 'lab-1-nfs-export',
    })
    expect(environment().name).toBe('statelab')
  })

  it('has a folder of its own, with its kubeconfig', () => {
    const { folder, kubeconfig } = environment('lab-1')
    expect(folder).toBe(join(stateFolder(), 'environments', 'lab-1'))
    expect(kubeconfig).toBe(join(folder, 'kubeconfig'))
  })

  it.each(['a', '7', 'a-b', 'a--b', '0a', 'kind-2', 'a'.repeat(40)])('accepts the name %s', (name) => {
    expect(environment(name).name).toBe(name)
  })

  it.each([
    '',
    'A',
    'aB',
    '-a',
    'a-',
    '-',
    '--help',
    'a_b',
    'a.b',
    'a/b',
    '../x',
    '..',
    'a b',
    ' a',
    'a\n',
    'a\0',
    '$(id)',
    'a'.repeat(41),
    'a'.repeat(64),
    'naïve',
    'ａ',
    '数据',
    'kind',
  ])('refuses the name %j with exit code 2, the value in the message', (name) => {
    try {
      environment(name)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'bad-input', fix: expect.stringContaining('40 lower-case letters') })
      expect((error as Error).message).toContain(JSON.stringify(name))
      expect(exitCodeOf(error)).toBe(2)
    }
  })

  it('leaves the longest name room for what kind appends', () => {
    expect(`${environment('a'.repeat(40)).cluster}-control-plane`.length).toBeLessThanOrEqual(63)
  })
})

describe('stateFolder', () => {
  const standard = join(homedir(), '.local', 'state', 'statelab')

  it.each<readonly [Record<string, string>, string]>([
    [{}, standard],
    [{ XDG_STATE_HOME: '/state' }, '/state/statelab'],
    [{ STATELAB_HOME: '/mine', XDG_STATE_HOME: '/state' }, '/mine'],
    [{ STATELAB_HOME: '', XDG_STATE_HOME: '' }, standard],
    [{ XDG_STATE_HOME: 'relative' }, standard],
    [{ STATELAB_HOME: 'relative' }, resolve('relative')],
  ])('for %o is %s', (env, folder) => {
    expect(stateFolder(env)).toBe(folder)
  })
})
