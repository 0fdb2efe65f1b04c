import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadManifests, parseManifest } from '../../../scripts/kube/manifests.ts'

const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: '

describe('parseManifest', () => {
  test('reads every document and passes over empty ones', () => {
    const objects = parseManifest(`---\n${CONFIG}a\n---\n# nothing here\n---\n${CONFIG}b\n`, 'x.yaml')
    expect(objects.map(({ metadata }) => metadata?.name)).toEqual(['a', 'b'])
  })

  test('takes a List apart', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n`
    expect(parseManifest(list, 'x.yaml')).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }])
  })

  test.each([
    ['0400', 256],
    ['0o400', 256],
    ['400', 400],
    ['0', 0],
    ['"0400"', '0400'],
    ['0980', 980],
  ])('reads %s as kubectl does: %j', (text, value) => {
    expect(parseManifest(`${CONFIG}a\nmode: ${text}\n`, 'x.yaml')).toMatchObject([{ mode: value }])
  })

  test.each([
    ['a: [1', /^x\.yaml:1: .*\]$/],
    ['a: 1\nb: [1\n', /^x\.yaml:3: Flow sequence .* end with a \]$/],
    ['a: 1\na: 2\n', /^x\.yaml:2: Map keys must be unique$/],
    ['just text', /^x\.yaml:1: an object without apiVersion$/],
    ['- 1', /^x\.yaml:1: an object without apiVersion$/],
    ['apiVersion: v1', /^x\.yaml:1: an object without kind$/],
    ['apiVersion: v1\nkind: Pod', /^x\.yaml:1: a Pod without metadata\.name$/],
    [`${CONFIG}a\n---\n\n# that one\nkind: Pod`, /^x\.yaml:8: an object without apiVersion$/],
    ['kind: List\nitems: [null]', /^x\.yaml:2: an object without apiVersion$/],
    [
      `kind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- kind: Pod`,
      /^x\.yaml:4: an object without apiVersion$/,
    ],
  ])('refuses %j, naming file and line', (text, message) => {
    expect(() => parseManifest(text, 'x.yaml')).toThrow(
      expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }),
    )
  })

  test('refuses a file that grows without bounds', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
    for (let i = 1; i < 9; i++)
      lines.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      )
    expect(() => parseManifest(lines.join('\n'), 'x.yaml')).toThrow(
      expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(/^x\.yaml:1: .*alias/i) }),
    )
  })
})

describe('loadManifests', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'statelab-manifests-'))
    for (const name of ['20-b.yml', '10-a.yaml']) await writeFile(join(folder, name), `${CONFIG}${name[3]}\n`)
    await writeFile(join(folder, 'notes.txt'), 'no manifest')
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('reads YAML files in the order of their names', async () => {
    expect((await loadManifests(folder)).map(({ metadata }) => metadata?.name)).toEqual(['a', 'b'])
  })

  test('a folder that is not there holds nothing', async () => {
    expect(await loadManifests(join(folder, 'start'))).toEqual([])
  })
})
