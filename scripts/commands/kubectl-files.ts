import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { badInput, messageOf } from '../errors.ts'

/** The kubectl verbs whose `-f` names files. For `logs` it means "follow". */
const TAKE_FILES = new Set([
  'apply',
  'create',
  'delete',
  'replace',
  'diff',
  'get',
  'describe',
  'wait',
  'patch',
  'label',
  'annotate',
  'scale',
])
const MANIFEST = /\.(ya?ml|json)$/

/**
 * A kubectl inside a node cannot open files of this machine: they are read here and given to it on stdin.
 * @returns `undefined` when the arguments name no file.
 * @throws {StatelabError} `bad-input` when a file cannot be read.
 */
export function withFilesOnStdin(args: readonly string[], cwd: string): { args: string[]; input: string } | undefined {
  if (!args.some((word) => TAKE_FILES.has(word))) return undefined
  const kept: string[] = []
  const files: string[] = []
  for (let index = 0; index < args.length; index++) {
    const word = args[index] as string
    const [, joined] = /^(?:--filename=|-f=?)(.+)$/.exec(word) ?? []
    const file = joined ?? (word === '-f' || word === '--filename' ? args[++index] : undefined)
    if (file === undefined) kept.push(word)
    else files.push(file)
  }
  if (files.length === 0 || files.some((file) => file === '-' || /^https?:/.test(file))) return undefined
  const manifests = files.flatMap((file) => filesAt(resolve(cwd, file))).map((file) => readFileSync(file, 'utf8'))
  return { args: [...kept, '-f', '-'], input: manifests.join('\n---\n') }
}

/** The manifests of a folder, as kubectl takes them: not those of folders inside it. */
function filesAt(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    return readdirSync(path)
      .filter((name) => MANIFEST.test(name))
      .sort()
      .map((name) => join(path, name))
  } catch (cause) {
    const why = messageOf(cause)
    throw badInput({ en: `cannot read the manifest: ${why}`, zh: `无法读取清单文件：${why}` })
  }
}
