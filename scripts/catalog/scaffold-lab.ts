import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { badInput } from '../errors.ts'
import { labTemplate } from './lab-template.ts'

export interface ScaffoldLabOptions {
  readonly id: string
  readonly track: string
  /** Where the lab's folder is made; made itself when missing. */
  readonly folder: string
  /** Other folders of labs, whose ids are taken. */
  readonly others?: readonly string[]
}

const FIRST_NUMBER = 10

/**
 * Makes the folder of a new lab, which works as it is, after all that are there: `NN-id`.
 * @returns its path, and the files in it.
 * @throws {StatelabError} `bad-input` when there is a lab of that id; nothing is written then.
 */
export async function scaffoldLab({
  id,
  track,
  folder,
  others = [],
}: ScaffoldLabOptions): Promise<{ path: string; files: string[] }> {
  for (const place of [folder, ...others]) {
    const taken = (await labsIn(place)).find((lab) => lab.id === id)
    if (!taken) continue
    const path = join(place, taken.name)
    const message = {
      en: `there is a lab ${JSON.stringify(id)} already, in ${path}`,
      zh: `实验 ${JSON.stringify(id)} 已经存在，位于 ${path}`,
    }
    throw badInput(message, { en: 'choose another id', zh: '请换一个 id' })
  }
  const numbers = (await labsIn(folder)).map(({ number }) => number)
  const path = join(folder, `${String(Math.max(FIRST_NUMBER - 1, ...numbers) + 1)}-${id}`)
  const files = labTemplate({ id, track })
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), content, { flag: 'wx' })
  }
  return { path, files: Object.keys(files) }
}

/** By their names only: a lab that is broken must not keep another from being begun. */
async function labsIn(folder: string): Promise<{ name: string; number: number; id: string }[]> {
  const names = await readdir(folder).catch(() => [])
  return names.flatMap((name) => {
    const [, number, id] = /^(\d+)-(.+)$/.exec(name) ?? []
    return number === undefined || id === undefined ? [] : { name, number: Number(number), id }
  })
}
