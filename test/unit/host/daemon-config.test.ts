import { describe, expect, test } from 'vitest'
import { defaultRuntime, withDefaultRuntime } from '../../../scripts/host/daemon-config.ts'

const FILE = '/etc/docker/daemon.json'
const OURS = { path: '/usr/local/sbin/statelab-runc' }

describe('withDefaultRuntime', () => {
  test.each([
    ['no file', undefined],
    ['an empty file', ' \n'],
    ['an empty object', '{}'],
  ])('%s', (_, config) => {
    expect(JSON.parse(withDefaultRuntime(config, FILE, OURS))).toEqual({
      'default-runtime': 'statelab-runc',
      runtimes: { 'statelab-runc': OURS },
    })
  })

  test('keeps everything else, other runtimes too', () => {
    const config = {
      'data-root': '/d',
      runtimes: { crun: { path: 'crun' } },
      'insecure-registries': ['a:1'],
      'default-runtime': 'crun',
    }
    expect(JSON.parse(withDefaultRuntime(JSON.stringify(config), FILE, OURS))).toEqual({
      ...config,
      'default-runtime': 'statelab-runc',
      runtimes: { crun: { path: 'crun' }, 'statelab-runc': OURS },
    })
  })

  test('keeps the indentation, and changes nothing the second time', () => {
    const once = withDefaultRuntime('{\n\t"debug": true\n}\n', FILE, OURS)
    expect(once).toContain('\n\t"debug": true')
    expect(withDefaultRuntime(once, FILE, OURS)).toBe(once)
  })

  test.each(['{', '[]', '"x"', '// c\n{}'])('refuses to rewrite %j', (config) => {
    expect(() => withDefaultRuntime(config, FILE, OURS)).toThrow(expect.objectContaining({ code: 'prerequisite-missing' }))
  })
})

describe('defaultRuntime', () => {
  test.each([
    ['runc, when nothing is said', undefined, { path: 'runc' }],
    ['a runtime that Docker knows by itself', '{"default-runtime":"crun"}', { path: 'crun' }],
    [
      'a configured one, with its arguments',
      '{"default-runtime":"x","runtimes":{"x":{"path":"/x","runtimeArgs":["-d"]}}}',
      { path: '/x', runtimeArgs: ['-d'] },
    ],
  ])('%s', (_, config, expected) => {
    expect(defaultRuntime(config, FILE)).toEqual(expected)
  })

  test('refuses a runtime that is no program', () => {
    const config = '{"default-runtime":"kata","runtimes":{"kata":{"runtimeType":"io.containerd.kata.v2"}}}'
    expect(() => defaultRuntime(config, FILE)).toThrow('kata is no program')
  })
})
