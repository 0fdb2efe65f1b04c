import { describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../../../scripts/errors.ts'
import { parseReference } from '../../../../scripts/images/image-reference.ts'
import { hostsFor, namesInMirrors, parseMirrors } from '../../../../scripts/images/registry/mirrors.ts'

const REDIS = parseReference('docker.io/library/redis:7.0')
const names = (...values: string[]): string[] => namesInMirrors(REDIS, parseMirrors(values)).map(({ name }) => name)

describe('parseMirrors', () => {
  it('takes mirrors of everything, of one registry, and of other archives', () => {
    const values = [
      'mirror.example:5000/team/hub',
      'docker.io=hub.example',
      'debian=http://d.example/debian/',
      'go=https://g.example',
      'npm=https://n.example/npm',
    ]
    expect(parseMirrors(values)).toEqual({
      registries: [{ at: 'mirror.example:5000/team/hub' }, { of: 'docker.io', at: 'hub.example' }],
      debian: 'http://d.example/debian',
      go: 'https://g.example',
      npm: 'https://n.example/npm',
    })
  })

  it.each(['localhost', 'localhost:5000', '127.0.0.1:5000', '[::1]:5000', 'm.example/', 'm.example/a_b/c-d', 'M.example'])(
    'takes %s',
    (value) => {
      expect(parseMirrors([value]).registries).toHaveLength(1)
    },
  )

  it.each([
    ['http://m.example', 'http:// in front'],
    ['https://m.example/prefix', 'https:// in front'],
    ['docker.io=https://m.example', 'https:// in front'],
    ['', 'is no mirror'],
    ['docker.io=', 'is no mirror'],
    ['m.example:', 'is no mirror'],
    ['m.example:0', 'is no mirror'],
    ['m.example:65536', 'is no mirror'],
    ['m.example:port', 'is no mirror'],
    ['m.example/Prefix', 'is no mirror'],
    ['m.example//a', 'is no mirror'],
    ['m.example/../a', 'is no mirror'],
    ['m.example/redis:7.0', 'is no mirror'],
    ['user:secret@m.example', 'is no mirror'],
    ['-m.example', 'is no mirror'],
    ['m example', 'is no mirror'],
    ['$(id).example', 'is no mirror'],
    ['mirror', 'a user of Docker Hub'],
    ['mirror/prefix', 'a user of Docker Hub'],
    ['quay.io=m.example', 'nothing comes from "quay.io"'],
    ['debian=m.example', 'is no address'],
    ['debian=ftp://m.example', 'is no address'],
    ['go=https://m.example/#x', 'is no address'],
    ['npm=https://m.example/"', 'is no address'],
  ])('refuses %j in one line', (value, why) => {
    const parse = () => parseMirrors([value], 'STATELAB_MIRROR')
    expect(parse).toThrow(why)
    try {
      parse()
    } catch (error) {
      expect(exitCodeOf(error)).toBe(2)
      expect(error).toMatchObject({
        message: expect.stringMatching(/^STATELAB_MIRROR\b[^\n]*$/),
        fix: expect.stringMatching(/^[^\n]+$/),
      })
    }
  })
})

describe('the names in mirrors', () => {
  it('are in both layouts that a mirror of everything may have', () => {
    expect(names('m.example/p')).toEqual(['m.example/p/library/redis', 'm.example/p/docker.io/library/redis'])
  })

  it('are as they are in a mirror of one registry', () => {
    expect(names('docker.io=m.example/p')).toEqual(['m.example/p/library/redis'])
  })

  it('are in all mirrors, in order', () => {
    expect(names('docker.io=a.example', 'registry.k8s.io=b.example', 'docker.io=c.example')).toEqual([
      'a.example/library/redis',
      'c.example/library/redis',
    ])
  })

  it('are the image’s own when no mirror is for its registry', () => {
    expect(names('registry.k8s.io=b.example')).toEqual(['docker.io/library/redis'])
    expect(names()).toEqual(['docker.io/library/redis'])
  })

  it('say which hosts are asked', () => {
    expect(hostsFor('docker.io', parseMirrors(['m.example:5000/p', 'docker.io=hub.example']))).toEqual([
      'm.example:5000',
      'hub.example',
    ])
    expect(hostsFor('docker.io', parseMirrors([]))).toEqual(['docker.io'])
  })
})
