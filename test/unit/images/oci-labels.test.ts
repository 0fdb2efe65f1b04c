import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { imageLabels, projectFacts } from '../../../scripts/images/oci-labels.ts'

it('an image is labelled with what is known of it, and nothing else', () => {
  expect(imageLabels({ id: 'redis', source: 'packages', title: 'Redis', version: '7.0.15', licences: 'BSD-3-Clause' })).toEqual({
    'dev.statelab.image': 'redis',
    'dev.statelab.source': 'packages',
    'org.opencontainers.image.title': 'Redis',
    'org.opencontainers.image.version': '7.0.15',
    'org.opencontainers.image.licenses': 'BSD-3-Clause',
    'org.opencontainers.image.vendor': 'statelab',
  })
})

it.each([
  ['{"version": "1.2.3"}', undefined],
  ['{"version": "1.2.3", "repository": {"type": "git", "url": "git+https://example.org/a/b.git"}}', 'https://example.org/a/b'],
  ['{"version": "1.2.3", "repository": "https://example.org/a/b"}', 'https://example.org/a/b'],
])('the repository of %s is %s', async (text, expected) => {
  const root = await mkdtemp(join(tmpdir(), 'statelab-labels-'))
  try {
    await writeFile(join(root, 'package.json'), text)
    expect(await projectFacts(root)).toEqual({ version: '1.2.3', repository: expected })
  } finally {
    await rm(root, { recursive: true })
  }
})
