import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { StatelabError } from '../errors.ts'
import type { Text } from '../text.ts'
import { findImportCycle } from './import-cycles.ts'
import { importLab } from './import-lab.ts'
import type { Lab, LabDefinition } from './lab.ts'
import { fileProblems } from './lab-files.ts'
import { describeField, describeProblem, expectedFound, type FieldProblem, type LabProblem } from './lab-problem.ts'
import { referenceProblems } from './lab-references.ts'
import { shapeProblems } from './lab-schema.ts'
import { locate, type Locator, NOWHERE } from './locate.ts'

/** A lab's folder: its place in the order, and its id. */
const FOLDER = /^(\d+)-([a-z0-9][-a-z0-9]*)$/

export interface LoadCatalogOptions {
  /** Folders of labs; each lab is a folder `NN-id` in one of them. */
  readonly folders: readonly string[]
  /** Only these, by the names of their folders. Others are not looked at, so that a mistake in one keeps nobody from another. */
  readonly ids?: readonly string[]
  readonly signal?: AbortSignal
}

/**
 * Finds, imports and validates the labs of some folders, and orders them: folder by folder, by number within each.
 * @throws {StatelabError} `lab-invalid` with every problem of every lab, one line each: file, line, field, what was
 *   expected and what was found.
 */
export async function loadCatalog({ folders, ids, signal }: LoadCatalogOptions): Promise<Lab[]> {
  const labs: Lab[] = []
  const problems: LabProblem[] = []
  for (const folder of folders) {
    const found = await labFolders(resolve(folder))
    if ('text' in found) {
      problems.push(found)
      continue
    }
    for (const path of found.filter((each) => ids?.includes(idOf(each)) ?? true)) {
      signal?.throwIfAborted()
      const loaded = await loadLab(path)
      if ('lab' in loaded) labs.push(loaded.lab)
      problems.push(...loaded.problems)
    }
  }
  problems.push(...(await duplicates(labs)))
  if (problems.length > 0) throw new StatelabError('lab-invalid', onePerLine(problems.map(describeProblem)))
  return labs
}

function onePerLine(texts: readonly Text[]): Text {
  return { en: texts.map(({ en }) => en).join('\n'), zh: texts.map(({ zh }) => zh).join('\n') }
}

async function labFolders(folder: string): Promise<string[] | LabProblem> {
  const problem = (en: string, zh: string): LabProblem => ({ file: folder, text: { en, zh } })
  const kind = await stat(folder).catch(() => undefined)
  if (!kind) return problem('there is no such folder of labs', '没有这个实验目录')
  if (!kind.isDirectory()) return problem('expected a folder of labs, found a file', '应为实验目录，实际是文件')
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory() && FOLDER.test(entry.name)).map(({ name }) => name)
  if (names.length === 0)
    return problem(
      'no labs in it; a lab is a folder such as 10-first-claim with a lab.ts',
      '里面没有实验；一个实验是 10-first-claim 这样的目录，其中有 lab.ts',
    )
  return names
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || a.localeCompare(b))
    .map((name) => join(folder, name))
}

type Loaded = { readonly lab: Lab; readonly problems: readonly LabProblem[] } | { readonly problems: readonly LabProblem[] }

async function loadLab(folder: string): Promise<Loaded> {
  const file = await moduleOf(folder)
  if (file === undefined) return { problems: [{ file: join(folder, 'lab.ts'), text: { en: 'missing', zh: '缺少此文件' } }] }
  const cycle = await findImportCycle(file)
  if (cycle) return { problems: [inCircle(file, cycle, await locate(file))] }
  const imported = await importLab(file)
  if ('problem' in imported) return { problems: [imported.problem] }
  const shape = shapeProblems(imported.value)
  if (shape.length > 0) return { problems: inModule(file, shape, await locate(file)) }
  const lab: Lab = { ...(imported.value as LabDefinition), folder }
  const fields = [...nameProblems(lab), ...referenceProblems(lab)]
  const problems = [...inModule(file, fields, NOWHERE), ...(await fileProblems(lab, file, NOWHERE))]
  if (problems.length === 0) return { lab, problems }
  // Where things are is found out for those who need it only: parsing takes longer than all the checks.
  const locator = await locate(file)
  return { lab, problems: [...inModule(file, fields, locator), ...(await fileProblems(lab, file, locator))] }
}

function inModule(file: string, problems: readonly FieldProblem[], locator: Locator): LabProblem[] {
  return problems.map((problem) => ({ file, line: locator.field(problem.path), text: describeField(problem) }))
}

function inCircle(file: string, cycle: readonly string[], locator: Locator): LabProblem {
  const circle = cycle.join(' → ')
  const text = { en: `modules import each other in a circle: ${circle}`, zh: `模块循环导入：${circle}` }
  return { file, line: locator.import(`./${cycle[1]}`), text }
}

function idOf(folder: string): string {
  return FOLDER.exec(basename(folder))?.[2] ?? ''
}

function nameProblems({ id, folder }: Lab): FieldProblem[] {
  const name = idOf(folder)
  if (id === name) return []
  const expected = { en: `${JSON.stringify(name)}, as the folder says`, zh: `与目录名一致的 ${JSON.stringify(name)}` }
  return [{ path: ['id'], text: expectedFound(expected, { en: JSON.stringify(id), zh: ` ${JSON.stringify(id)}` }) }]
}

/** `lab.ts` in a checkout and in a teacher's folder; the published package has it compiled. */
async function moduleOf(folder: string): Promise<string | undefined> {
  for (const name of ['lab.ts', 'lab.js']) {
    const file = join(folder, name)
    if ((await stat(file).catch(() => undefined))?.isFile()) return file
  }
  return undefined
}

async function duplicates(labs: readonly Lab[]): Promise<LabProblem[]> {
  const first = new Map<string, Lab>()
  const problems: LabProblem[] = []
  for (const lab of labs) {
    const other = first.get(lab.id)
    first.set(lab.id, other ?? lab)
    if (!other) continue
    const id = JSON.stringify(lab.id)
    const text = { en: `${id} is also the id of ${other.folder}`, zh: `${id} 也是 ${other.folder} 的 id` }
    const file = (await moduleOf(lab.folder)) ?? join(lab.folder, 'lab.ts')
    problems.push(...inModule(file, [{ path: ['id'], text }], await locate(file)))
  }
  return problems
}
