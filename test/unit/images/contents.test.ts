import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { imagesInNodes, infrastructureReference } from '../../../scripts/images/contents.ts'
import { readImageLock } from '../../../scripts/images/lock.ts'

const lock = await readImageLock(join(import.meta.dirname, '..', '..', '..', 'manifests', 'images.lock.yaml'))
const contexts = (labImages?: readonly string[]): string[] =>
  imagesInNodes(lock, labImages && new Set(labImages)).map(({ context }) => context)

describe('the images in the nodes', () => {
  it('are all when nobody says what labs need', () => {
    expect(contexts()).toEqual(lock.images.map(({ context }) => context))
  })

  it('are, without any lab, what the environment itself runs', () => {
    expect(contexts([])).toEqual(expect.arrayContaining(['nfs-provisioner', 'pause', 'kube', 'coredns', 'metrics-server']))
    expect(contexts([])).not.toContain('redis')
  })

  it.each(['redis:7.0', 'docker.io/library/redis:alpine', 'library/redis'])('have Redis when a lab names %s', (reference) => {
    expect(contexts([reference])).toEqual(
      [...contexts([]), 'redis'].sort((a, b) => contexts().indexOf(a) - contexts().indexOf(b)),
    )
  })
})

describe('the reference of the infrastructure', () => {
  it('is the first that the lock file has', () => {
    expect(infrastructureReference(lock, 'metrics-server')).toBe('registry.k8s.io/metrics-server/metrics-server:v0.9.0')
  })

  it('is a defect when it is missing', () => {
    expect(() => infrastructureReference(lock, 'nothing')).toThrow('the image lock file has no nothing')
  })
})
