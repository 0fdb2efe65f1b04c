import { describe, expect, it } from 'vitest'
import { fullReference, parseReference } from '../../../scripts/images/image-reference.ts'

describe('a reference', () => {
  it.each([
    ['redis', 'docker.io/library/redis:latest'],
    ['redis:7.0', 'docker.io/library/redis:7.0'],
    ['library/redis:7.0', 'docker.io/library/redis:7.0'],
    ['kindest/node:v1.36.4', 'docker.io/kindest/node:v1.36.4'],
    ['docker.io/library/redis:7.0', 'docker.io/library/redis:7.0'],
    ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10'],
    ['localhost/pause', 'localhost/pause:latest'],
    ['127.0.0.1:5000/a/b', '127.0.0.1:5000/a/b:latest'],
    ['[::1]:5000/a:1', '[::1]:5000/a:1'],
  ])('%s is %s in full', (text, full) => {
    expect(fullReference(text)).toBe(full)
  })

  it('has a port that is no tag', () => {
    expect(parseReference('mirror:5000/redis')).toEqual({ host: 'mirror:5000', repository: 'redis', tag: 'latest' })
  })
})
