import { readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { messageOf } from '../errors.ts'
import { loadManifest } from '../kube/manifests.ts'
import type { Lab, SolutionStep } from './lab.ts'

const BRIEFS = ['README.md', 'README.zh.md']

/** What is wrong with a lab's files: briefs that are missing, steps whose file is missing, files no step uses, YAML that is none. */
export async function fileProblems(lab: Lab): Promise<string[]> {
  const [start, solution, wrong] = await Promise.all([filesIn(lab, 'start'), filesIn(lab, 'solution'), filesIn(lab, 'wrong')])
  const inSolution = appliedBy(lab.solution).map((file) => `solution/${file}`)
  const inWrong = lab.wrong
    .flatMap(({ steps }) => appliedBy(steps))
    .map((file) => (wrong.includes(`wrong/${file}`) ? `wrong/${file}` : `solution/${file}`))
  const present = [...solution, ...wrong]
  const used = new Set([...inSolution, ...inWrong])
  const problems = [
    ...[...used].filter((file) => !present.includes(file)).map((file) => `${file}: a step applies it, but there is no such file`),
    ...present.filter((file) => !used.has(file)).map((file) => `${file}: no step applies it`),
    ...(await briefProblems(lab.folder)),
  ]
  const manifests = await Promise.all([...start, ...present].map((file) => manifestProblem(join(lab.folder, file))))
  return [...problems.map((problem) => join(lab.folder, problem)), ...manifests.flat()]
}

/** The file of an `apply` step: a wrong solution has its own, and shares those of the right one. */
export async function fileOfStep(lab: Lab, apply: string, from: 'solution' | 'wrong'): Promise<string> {
  const own = from === 'wrong' && (await filesIn(lab, 'wrong')).includes(posix.join('wrong', apply))
  return join(lab.folder, own ? 'wrong' : 'solution', apply)
}

async function briefProblems(folder: string): Promise<string[]> {
  const problems = BRIEFS.map(async (name) => {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined)
    if (text === undefined) return [`${name}: missing`]
    return text.trim() === '' ? [`${name}: empty`] : []
  })
  return (await Promise.all(problems)).flat()
}

async function manifestProblem(file: string): Promise<string[]> {
  if (!/\.ya?ml$/.test(file)) return []
  try {
    await loadManifest(file)
    return []
  } catch (error) {
    return [messageOf(error)]
  }
}

function appliedBy(steps: readonly SolutionStep[]): string[] {
  return steps.flatMap((step) => ('apply' in step ? posix.normalize(step.apply) : []))
}

async function filesIn({ folder }: Lab, sub: string): Promise<string[]> {
  const entries = await readdir(join(folder, sub), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => posix.relative(folder, posix.join(parentPath, name)))
}
