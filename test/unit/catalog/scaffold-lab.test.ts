import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { scaffoldLab } from '../../../scripts/catalog/scaffold-lab.ts'
import type { CatalogAnswer } from '../../helpers/catalog-process.ts'

let catalog: ChildProcess
let folder: string

beforeAll(() => {
  catalog = fork(fileURLToPath(new URL('../../helpers/catalog-process.ts', import.meta.url)))
})
afterAll(() => catalog.kill())
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'statelab-new-')), 'labs')
})
afterEach(() => rm(join(folder, '..'), { recursive: true }))

describe('scaffoldLab', () => {
  test('makes a lab that is valid as it is, in a folder that need not exist', async () => {
    const { path, files } = await scaffoldLab({ id: 'my-lab', track: 'redis', folder })
    expect(path).toBe(join(folder, '10-my-lab'))
    const found = await readdir(path, { recursive: true, withFileTypes: true })
    expect(found.filter((entry) => entry.isFile())).toHaveLength(files.length)
    expect(await load()).toMatchObject({ labs: [{ id: 'my-lab' }] })
    expect(await readFile(join(path, 'lab.ts'), 'utf8')).toContain("track: 'redis'")
  })

  test('a name of any length and shape makes a valid lab', async () => {
    for (const id of ['a', '7', 'a--b', 'x'.repeat(40)]) await scaffoldLab({ id, track: 'volumes', folder })
    expect(await load()).toMatchObject({ labs: [{ id: 'a' }, { id: '7' }, { id: 'a--b' }, { id: 'x'.repeat(40) }] })
  })

  test('takes the next number that is free', async () => {
    await mkdir(join(folder, '9-old'), { recursive: true })
    await mkdir(join(folder, '31-older'))
    await mkdir(join(folder, 'shared'))
    expect((await scaffoldLab({ id: 'new', track: 'redis', folder })).path).toBe(join(folder, '32-new'))
  })

  test.each(['here', 'elsewhere'])('refuses an id that is taken %s, and writes nothing', async (where) => {
    const others = [join(folder, '..', 'others')]
    const taken = where === 'here' ? folder : (others[0] ?? '')
    await mkdir(join(taken, '20-mine'), { recursive: true })
    await writeFile(join(taken, '20-mine', 'lab.ts'), 'mine')
    await expect(scaffoldLab({ id: 'mine', track: 'redis', folder, others })).rejects.toMatchObject({
      code: 'bad-input',
      message: `there is a lab "mine" already, in ${join(taken, '20-mine')}`,
    })
    expect(await readFile(join(taken, '20-mine', 'lab.ts'), 'utf8')).toBe('mine')
    expect(await readdir(where === 'here' ? folder : join(folder, '..'))).toEqual([where === 'here' ? '20-mine' : 'others'])
  })
})

async function load(): Promise<CatalogAnswer> {
  catalog.send({ folders: [folder] })
  const [answer] = (await once(catalog, 'message')) as [CatalogAnswer]
  return answer
}
