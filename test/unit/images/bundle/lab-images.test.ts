import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT } from '../../../../scripts/commands/project.ts'
import { imagesNamedIn } from '../../../../scripts/images/bundle/lab-images.ts'
import { imagesInNodes } from '../../../../scripts/images/contents.ts'
import { readImageLock } from '../../../../scripts/images/lock.ts'

const lock = await readImageLock(join(PROJECT.root, 'manifests', 'images.lock.yaml'))
const contextsFor = async (...folders: string[]) => {
  const named = await imagesNamedIn(folders.map((folder) => join(PROJECT.root, folder)))
  return imagesInNodes(lock, named).map(({ context }) => context)
}

test('a bundle of Redis labs leaves nginx out, and what every environment needs stays', async () => {
  const contexts = await contextsFor('labs/40-redis-persistence', 'manifests/provisioner')
  expect(contexts).toContain('redis')
  expect(contexts).toContain('kube')
  expect(contexts).not.toContain('nginx')
})

test('the Pod that proves volumes in every environment brings its image into every bundle', async () => {
  expect(await contextsFor('manifests/provisioner')).toContain('redis')
})

test('all labs name all images', async () => {
  expect(await contextsFor('labs', 'manifests/provisioner')).toEqual(lock.images.map(({ context }) => context))
})
