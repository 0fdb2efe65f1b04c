import { chmod, mkdir, mkdtemp, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contentKey } from '../../../../scripts/images/build/content-key.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'statelab-key-'))
  await write('app/Dockerfile', 'FROM scratch')
  await write('app/src/main.c', 'int main(void) { return 0; }')
  await write('app/src/main_test.c', 'test')
  await write('other/file', 'other')
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

const key = (options: Parameters<typeof contentKey>[1] = { patterns: ['app/**'] }) => contentKey(root, options)

describe('contentKey', () => {
  it('is twelve hexadecimal digits, always the same for the same content', async () => {
    const first = await key()
    expect(first).toMatch(/^[0-9a-f]{12}$/)
    expect(await key()).toBe(first)
  })

  it('does not depend on where the files lie, nor on their times', async () => {
    const first = await key()
    await utimes(join(root, 'app/Dockerfile'), 1, 1)
    const moved = `${root}-moved`
    await rename(root, moved)
    root = moved
    expect(await key()).toBe(first)
  })

  it.each<readonly [string, () => Promise<void>]>([
    ['content', () => write('app/Dockerfile', 'FROM scratch\n')],
    ['a name', () => rename(join(root, 'app/src/main.c'), join(root, 'app/src/main2.c'))],
    ['a folder’s name', () => rename(join(root, 'app/src'), join(root, 'app/source'))],
    ['the executable bit', () => chmod(join(root, 'app/Dockerfile'), 0o755)],
    ['a new file', () => write('app/new', '')],
    ['a new hidden file', () => write('app/.dockerignore', 'x')],
    ['a file in a hidden folder', () => write('app/.config/x', 'x')],
    ['a file less', () => unlink(join(root, 'app/src/main.c'))],
    ['a new link', () => symlink('Dockerfile', join(root, 'app/link'))],
    ['a link that leads nowhere', () => symlink('nowhere', join(root, 'app/link'))],
  ])('changes with %s', async (_, change) => {
    const first = await key()
    await change()
    expect(await key()).not.toBe(first)
  })

  it('changes with where a link leads, not with what is there', async () => {
    await symlink('src/main.c', join(root, 'app/link'))
    const first = await key({ patterns: ['app/link'] })
    await write('app/src/main.c', 'changed')
    expect(await key({ patterns: ['app/link'] })).toBe(first)
    await unlink(join(root, 'app/link'))
    await symlink('Dockerfile', join(root, 'app/link'))
    expect(await key({ patterns: ['app/link'] })).not.toBe(first)
  })

  it.each<readonly [string, () => Promise<void>]>([
    ['files beside the patterns', () => write('other/file', 'changed')],
    ['permissions that Docker does not copy', () => chmod(join(root, 'app/Dockerfile'), 0o600)],
    ['an empty folder', () => mkdir(join(root, 'app/empty')).then(() => {})],
  ])('does not change with %s', async (_, change) => {
    const first = await key()
    await change()
    expect(await key()).toBe(first)
  })

  it('leaves out what is excluded', async () => {
    const options = { patterns: ['app/**'], exclude: ['**/*_test.c', '**/build/**'] }
    const first = await key(options)
    await write('app/src/main_test.c', 'changed')
    await write('app/build/out', 'x')
    expect(await key(options)).toBe(first)
    await write('app/src/main.c', 'changed')
    expect(await key(options)).not.toBe(first)
  })

  it('changes with the inputs, their order and their number', async () => {
    const keys = await Promise.all([[], ['a'], ['b'], ['a', 'b'], ['b', 'a'], ['ab'], ['a', '']].map((inputs) => key({ inputs })))
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('counts a file once that two patterns match', async () => {
    expect(await key({ patterns: ['app/**', 'app/Dockerfile', '**/Dockerfile'] })).toBe(await key())
  })
})
