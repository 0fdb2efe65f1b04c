import { expect, it } from 'vitest'
import { distinctImages } from '../../../../scripts/images/sbom/image-names.ts'

it('each image that is here is named once, by its first reference, and no name is taken twice', () => {
  const record = (reference: string, digest?: string) => ({
    reference,
    source: 'packages' as const,
    remake: '',
    ...(digest && { digest }),
  })
  const images = distinctImages([
    record('statelab/node-image:v1.36.3-abc', '1'),
    record('docker.io/library/redis:7.0', '2'),
    record('docker.io/library/redis:latest', '2'),
    record('localhost:5000/redis', '3'),
    record('docker.io/library/nginx:1.22'),
  ])
  expect(images).toEqual([
    { name: 'node-image', reference: 'statelab/node-image:v1.36.3-abc', digest: '1' },
    { name: 'redis', reference: 'docker.io/library/redis:7.0', digest: '2' },
    { name: 'redis-2', reference: 'localhost:5000/redis', digest: '3' },
  ])
})
