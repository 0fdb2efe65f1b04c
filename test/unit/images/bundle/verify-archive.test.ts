import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textFile } from '../../../../scripts/images/bundle/disk-file.ts'
import { tarOf } from '../../../../scripts/images/bundle/tar.ts'
import { verifyArchive } from '../../../../scripts/images/bundle/verify-archive.ts'
import { BUNDLE, type SmallBundle, smallBundle } from '../../../helpers/small-bundle.ts'

const signal = new AbortController().signal
let small: SmallBundle
let sound: string

beforeAll(async () => {
  small = await smallBundle()
  sound = await small.write('sound.tar', small.files)
})
afterAll(() => small[Symbol.asyncDispose]())

test('finds nothing wrong with a bundle as it was saved, and reads what it says about itself', async () => {
  const { problems, bundle, files } = await verifyArchive(sound, { signal })
  expect(problems).toEqual([])
  expect(bundle).toEqual(BUNDLE)
  expect(files.size).toBe(small.files.length)
})

test('finds a flipped bit wherever it is', { timeout: 60_000 }, async () => {
  const content = await readFile(sound)
  const file = join(small.folder, 'flipped.tar')
  const missed: number[] = []
  // A step that is no divisor of a block meets headers, content, filling and the end.
  for (let position = 0; position < content.length; position += 37) {
    const flipped = Buffer.from(content)
    flipped[position] = (flipped[position] ?? 0) ^ (1 << (position % 8))
    await writeFile(file, flipped)
    const found = await verifyArchive(file, { signal }).then(
      ({ problems }) => problems.length > 0,
      (error) => error.code === 'bad-input',
    )
    if (!found) missed.push(position)
  }
  expect(missed).toEqual([])
})

test.each([
  ['a layer', /blobs/],
  ['the kind program', /kind$/],
  ['a file of the project', /package\.json$/],
  ['the list of checksums itself', /SHA256SUMS$/],
])('says which file it is: %s', async (_, name) => {
  const index = small.files.findIndex(({ path }) => name.test(path))
  const file = small.files[index]!
  const damaged = { ...file, open: () => damage(file.open()) }
  const { problems } = await verifyArchive(await small.write('damaged.tar', small.files.with(index, damaged)), { signal })
  expect(problems.map(({ path }) => `statelab/${path}`)).toContain(file.path)
  expect(problems[0]).toMatchObject({ what: 'it is damaged' })
})

test('names a piece that is missing', async () => {
  const [blob] = small.files.filter(({ path }) => path.includes('/blobs/'))
  const archive = await small.write(
    'missing.tar',
    small.files.filter((file) => file !== blob),
  )
  const { problems } = await verifyArchive(archive, { signal })
  expect(problems).toEqual([{ path: blob?.path.replace('statelab/', ''), what: 'it is missing' }])
})

test('names a piece that does not belong there', async () => {
  const extra = textFile('statelab/zzz', 'more')
  const { problems } = await verifyArchive(await small.write('extra.tar', [...small.files, extra]), { signal })
  expect(problems).toEqual([{ path: 'zzz', what: 'it does not belong there' }])
})

test('names the place where it ends too early', async () => {
  const { length } = await readFile(sound)
  for (const [bytes, what] of [
    [length - 1, /ends too early, in the mark at its end/],
    [length - 1024, /ends too early, after statelab\/package\.json/],
    [length - 1024 - 511, /ends too early, (after|in) statelab/],
    [3000, /ends too early, (after|in) statelab/],
  ] as const) {
    const file = join(small.folder, 'short.tar')
    await writeFile(file, await readFile(sound))
    await truncate(file, bytes)
    const { problems } = await verifyArchive(file, { signal })
    expect(problems.at(0)?.what).toMatch(what)
  }
})

test('finds what follows the end', async () => {
  const file = join(small.folder, 'long.tar')
  await writeFile(file, Buffer.concat([await readFile(sound), Buffer.from('x')]))
  expect((await verifyArchive(file, { signal })).problems.map(({ what }) => what)).toEqual(['something follows its end'])
})

describe('refuses', () => {
  test.each([
    ['a folder', () => Promise.resolve(small.folder), /is a folder, not a bundle/],
    ['a file that is not there', () => Promise.resolve(join(small.folder, 'none')), /there is no file/],
    ['a file that is no archive', () => written(Buffer.from('hello'.repeat(500))), /is no bundle/],
    ['an empty file', () => written(Buffer.alloc(0)), /is no bundle: it ends too early/],
    ['a symbolic link', () => archived({ name: 'statelab/x', type: 'symlink', linkname: '/etc/passwd' }), /a symbolic link/],
    ['a hard link', () => archived({ name: 'statelab/x', type: 'link', linkname: 'statelab/y' }), /a hard link/],
    ['a name that leads out of it', () => archived({ name: 'statelab/../x' }), /no name of a file of a bundle/],
    ['an absolute name', () => archived({ name: '/etc/x' }), /no name of a file of a bundle/],
    ['the archive of another program', () => archived({ name: 'statelab/x', uid: 1000 }), /the header of .* is damaged/],
  ])('%s', async (_, make, says) => {
    await expect(verifyArchive(await make(), { signal })).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(says),
    })
  })
})

test('takes no file twice, nor out of order', async () => {
  const [first, second] = small.files
  const { problems } = await verifyArchive(await small.write('twice.tar', [first!, second!, first!]), { signal })
  expect(problems[0]?.what).toMatch(/it is not in order, or there twice/)
})

async function written(content: Buffer): Promise<string> {
  const file = join(small.folder, 'other.tar')
  await writeFile(file, content)
  return file
}

async function archived(header: Parameters<ReturnType<typeof pack>['entry']>[0]): Promise<string> {
  const packing = pack()
  packing.entry({ mtime: new Date(0), mode: 0o644, ...header }, '')
  packing.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of packing as AsyncIterable<Buffer>) chunks.push(chunk)
  return written(Buffer.concat(chunks))
}

async function* damage(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true
  for await (const chunk of content) {
    const changed = Buffer.from(chunk)
    if (isFirst) changed[changed.length - 2] = (changed[changed.length - 2] ?? 0) ^ 1
    isFirst = false
    yield changed
  }
}

test('makes the same archive of the same files', async () => {
  const once = await readFile(sound)
  const again: Buffer[] = []
  for await (const chunk of tarOf(small.files)) again.push(chunk)
  expect(Buffer.concat(again).equals(once)).toBe(true)
})
