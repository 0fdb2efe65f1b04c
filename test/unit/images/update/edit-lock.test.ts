import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PROJECT } from '../../../../scripts/commands/project.ts'
import { changesOf, editLock, pinnedReferences } from '../../../../scripts/images/update/edit-lock.ts'

const TEXT = readFileSync(join(PROJECT.root, 'manifests', 'images.lock.yaml'), 'utf8')
const DIGEST = `sha256:${'0'.repeat(64)}`

describe('the image lock file', () => {
  it('is the same after nothing has changed', () => {
    expect(changesOf(TEXT, { digests: new Map() })).toEqual([])
    expect(editLock(TEXT, [])).toBe(TEXT)
  })

  it('gets new digests in their places, and keeps every comment and the order', () => {
    const references = pinnedReferences(TEXT)
    expect(references).toEqual(expect.arrayContaining(['docker.io/kindest/node:v1.36.4', 'docker.io/library/redis:7.0.15']))
    const changes = changesOf(TEXT, { digests: new Map(references.map((reference) => [reference, DIGEST])) })
    expect(editLock(TEXT, changes)).toBe(TEXT.replaceAll(/sha256:[0-9a-f]{64}/g, DIGEST))
  })

  it('gets what is new, and loses nothing that was not asked about', () => {
    const kindPrograms = { 'windows-arm64': 'f'.repeat(64) }
    const changes = changesOf(TEXT, { digests: new Map(), kindPrograms, packages: { jq: '9' } })
    expect(changes).toEqual([
      { path: ['kind', 'programs', 'windows-arm64'], from: undefined, to: 'f'.repeat(64) },
      { path: ['debian', 'packages', 'jq'], from: expect.any(String), to: '9' },
    ])
    const lines = editLock(TEXT, changes).split('\n')
    expect(lines.filter((line) => !TEXT.includes(line)).map((line) => line.trim())).toEqual([
      `windows-arm64: ${'f'.repeat(64)}`,
      'jq: "9"',
    ])
  })
})
