import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { importLab } from '../../../scripts/catalog/import-lab.ts'
import { PROJECT } from '../../../scripts/commands/project.ts'
import { briefProblems, textProblems, textsOf } from '../../helpers/translations.ts'

const LABS = join(PROJECT.root, 'labs')
const folders = readdirSync(LABS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(LABS, entry.name, 'lab.ts')))
  .map(({ name }) => name)

describe.each(folders)('labs/%s says the same in English and Chinese', (folder) => {
  const names = objectNames(join(LABS, folder))

  it('in README.md and README.zh.md', () => {
    const read = (name: string): string => readFileSync(join(LABS, folder, name), 'utf8')
    expect(briefProblems(`labs/${folder}/README`, { en: read('README.md'), zh: read('README.zh.md') }, names)).toEqual([])
  })

  it('in lab.ts', async () => {
    const imported = await importLab(join(LABS, folder, 'lab.ts'))
    if ('problem' in imported) throw new Error(`labs/${folder}/lab.ts: ${imported.problem}`)
    const texts = textsOf(imported.value)
    expect(texts.length).toBeGreaterThan(0)
    expect(texts.flatMap(({ path, text }) => textProblems(`labs/${folder}/lab.ts: ${path}`, text, names))).toEqual([])
  })
})

/** What the lab's manifests name: these words must not change in a translation. */
function objectNames(folder: string): string[] {
  const names = globSync('{start,solution,wrong}/**/*.{yaml,yml}', { cwd: folder }).flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => document.getIn(['metadata', 'name'])),
  )
  return [...new Set(names.filter((name) => typeof name === 'string'))]
}
