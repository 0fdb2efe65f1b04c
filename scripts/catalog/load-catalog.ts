import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { StatelabError } from '../errors.ts'
import { findImportCycle } from './import-cycles.ts'
import { importLab } from './import-lab.ts'
import type { Lab, LabDefinition } from './lab.ts'
import { fileProblems } from './lab-files.ts'
import { referenceProblems, shapeProblems } from './lab-schema.ts'

/** A lab's folder: its place in the order, and its id. */
const FOLDER = /^(\d+)-([a-z0-9][-a-z0-9]*)$/

export interface LoadCatalogOptions {
  /** Folders of labs; each lab is a folder `NN-id` in one of them. */
  readonly folders: readonly string[]
  readonly signal?: AbortSignal
}

/**
 * Finds, imports and validates the labs of some folders, and orders them: folder by folder, by number within each.
 * @throws {StatelabError} `lab-invalid` with every problem of every lab, one line each: file, field, expected, found.
 */
export async function loadCatalog({ folders, signal }: LoadCatalogOptions): Promise<Lab[]> {
  const labs: Lab[] = []
  const problems: string[] = []
  for (const folder of folders) {
    const found = await labFolders(resolve(folder))
    if (typeof found === 'string') {
      problems.push(found)
      continue
    }
    for (const path of found) {
      signal?.throwIfAborted()
      const loaded = await loadLab(path)
      if ('lab' in loaded) labs.push(loaded.lab)
      problems.push(...loaded.problems)
    }
  }
  problems.push(...duplicates(labs))
  if (problems.length > 0) throw new StatelabError('lab-invalid', problems.join('\n'))
  return labs
}

async function labFolders(folder: string): Promise<string[] | string> {
  const kind = await stat(folder).catch(() => undefined)
  if (!kind) return `${folder}: there is no such folder of labs`
  if (!kind.isDirectory()) return `${folder}: expected a folder of labs, found a file`
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory() && FOLDER.test(entry.name)).map(({ name }) => name)
  if (names.length === 0) return `${folder}: no labs in it; a lab is a folder such as 10-first-claim with a lab.ts`
  return names
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || a.localeCompare(b))
    .map((name) => join(folder, name))
}

type Loaded = { readonly lab: Lab; readonly problems: readonly string[] } | { readonly problems: readonly string[] }

async function loadLab(folder: string): Promise<Loaded> {
  const file = await moduleOf(folder)
  const inModule = (...problems: readonly string[]): Loaded => ({
    problems: problems.map((problem) => `${file ?? join(folder, 'lab.ts')}: ${problem}`),
  })
  if (file === undefined) return inModule('missing')
  const cycle = await findImportCycle(file)
  if (cycle) return inModule(`modules import each other in a circle: ${cycle.join(' → ')}`)
  const imported = await importLab(file)
  if ('problem' in imported) return inModule(imported.problem)
  const shape = shapeProblems(imported.value)
  if (shape.length > 0) return inModule(...shape)
  const lab: Lab = { ...(imported.value as LabDefinition), folder }
  const { problems } = inModule(...nameProblems(lab), ...referenceProblems(lab))
  return { lab, problems: [...problems, ...(await fileProblems(lab))] }
}

function nameProblems({ id, folder }: Lab): string[] {
  const expected = FOLDER.exec(basename(folder))?.[2]
  return id === expected ? [] : [`id: expected ${JSON.stringify(expected)}, as the folder says, found ${JSON.stringify(id)}`]
}

/** `lab.ts` in a checkout and in a teacher's folder; the published package has it compiled. */
async function moduleOf(folder: string): Promise<string | undefined> {
  for (const name of ['lab.ts', 'lab.js']) {
    const file = join(folder, name)
    if ((await stat(file).catch(() => undefined))?.isFile()) return file
  }
  return undefined
}

function duplicates(labs: readonly Lab[]): string[] {
  const first = new Map<string, Lab>()
  return labs.flatMap((lab) => {
    const other = first.get(lab.id)
    first.set(lab.id, other ?? lab)
    return other ? `${join(lab.folder, 'lab.ts')}: id: ${JSON.stringify(lab.id)} is also the id of ${other.folder}` : []
  })
}
