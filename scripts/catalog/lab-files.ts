import { readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { messageOf } from '../errors.ts'
import { loadManifest } from '../kube/manifests.ts'
import type { Text } from '../text.ts'
import type { Lab, SolutionStep } from './lab.ts'
import { describeField, type FieldPath, type LabProblem } from './lab-problem.ts'
import type { Locator } from './locate.ts'

const BRIEFS = ['README.md', 'README.zh.md']

/**
 * What is wrong with a lab's files: briefs that are missing, steps whose file is missing, files no step uses, YAML that
 * is none.
 * @param locator finds the steps in the lab's module.
 */
export async function fileProblems(lab: Lab, module: string, locator: Locator): Promise<LabProblem[]> {
  const [start, solution, wrong] = await Promise.all([filesIn(lab, 'start'), filesIn(lab, 'solution'), filesIn(lab, 'wrong')])
  const present = [...solution, ...wrong]
  const applied = appliedFiles(lab, wrong)
  const used = new Set(applied.map(({ file }) => file))
  const inFolder = (file: string): string => join(lab.folder, file)
  const missing = applied.filter(({ file }) => !present.includes(file))
  const manifests = await Promise.all([...start, ...present].map((file) => manifestProblem(inFolder(file))))
  return [
    ...missing.map(({ file, path }) => ({
      file: module,
      line: locator.field(path),
      text: describeField({ path, text: noFile(file) }),
    })),
    ...present.filter((file) => !used.has(file)).map((file) => ({ file: inFolder(file), text: UNUSED })),
    ...(await briefProblems(lab.folder)),
    ...manifests.flat(),
  ]
}

const UNUSED: Text = { en: 'no step applies it', zh: '没有任何步骤使用它' }

function noFile(file: string): Text {
  return { en: `there is no file ${file}`, zh: `没有文件 ${file}` }
}

interface AppliedFile {
  /** Within the lab's folder. */
  readonly file: string
  /** The field that names it. */
  readonly path: FieldPath
}

function appliedFiles({ solution, wrong }: Lab, filesOfWrong: readonly string[]): AppliedFile[] {
  const ofWrong = (name: string): string => (filesOfWrong.includes(`wrong/${name}`) ? `wrong/${name}` : `solution/${name}`)
  return [
    ...appliedBy(solution, ['solution'], (name) => `solution/${name}`),
    ...wrong.flatMap(({ steps }, index) => appliedBy(steps, ['wrong', index, 'steps'], ofWrong)),
  ]
}

/** The file of an `apply` step: a wrong solution has its own, and shares those of the right one. */
export async function fileOfStep(lab: Lab, apply: string, from: 'solution' | 'wrong'): Promise<string> {
  const own = from === 'wrong' && (await filesIn(lab, 'wrong')).includes(posix.join('wrong', apply))
  return join(lab.folder, own ? 'wrong' : 'solution', apply)
}

async function briefProblems(folder: string): Promise<LabProblem[]> {
  const problems = BRIEFS.map(async (name) => {
    const file = join(folder, name)
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined) return [{ file, text: { en: 'missing', zh: '缺少此文件' } }]
    return text.trim() === '' ? [{ file, text: { en: 'empty', zh: '文件是空的' } }] : []
  })
  return (await Promise.all(problems)).flat()
}

async function manifestProblem(file: string): Promise<LabProblem[]> {
  if (!/\.ya?ml$/.test(file)) return []
  try {
    await loadManifest(file)
    return []
  } catch (error) {
    const message = messageOf(error)
    // The message begins with the place, as it does wherever a manifest is read.
    const [, line, text = message] = message.startsWith(file) ? (/^:(\d+)?:? ?(.*)$/s.exec(message.slice(file.length)) ?? []) : []
    return [{ file, line: line === undefined ? undefined : Number(line), text: { en: text, zh: text } }]
  }
}

function appliedBy(steps: readonly SolutionStep[], path: FieldPath, fileOf: (name: string) => string): AppliedFile[] {
  return steps.flatMap((step, index) =>
    'apply' in step ? { file: fileOf(posix.normalize(step.apply)), path: [...path, index, 'apply'] } : [],
  )
}

async function filesIn({ folder }: Lab, sub: string): Promise<string[]> {
  const entries = await readdir(join(folder, sub), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => posix.relative(folder, posix.join(parentPath, name)))
}
