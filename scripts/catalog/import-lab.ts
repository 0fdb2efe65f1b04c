import { registerHooks } from 'node:module'
import { basename, dirname, isAbsolute, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf } from '../errors.ts'
import type { Text } from '../text.ts'
import { nearestTo } from './find-lab.ts'
import type { LabProblem } from './lab-problem.ts'
import { locate } from './locate.ts'

/** What labs import, wherever their folder is. */
const LAB_MODULE = 'statelab/lab'

/** This file's own ending, so that the compiled package maps to its compiled module. */
const PUBLIC_FACE = new URL(import.meta.url.endsWith('.ts') ? '../lab.ts' : '../lab.js', import.meta.url).href

let hooked = false

/**
 * Imports a lab's module.
 * @returns its default export, or why there is none and where.
 */
export async function importLab(file: string): Promise<{ readonly value: unknown } | { readonly problem: LabProblem }> {
  hookOnce()
  try {
    const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { default?: unknown }
    return module.default === undefined ? { problem: { file, text: NO_DEFAULT } } : { value: module.default }
  } catch (error) {
    return { problem: await describe(error, file) }
  }
}

const NO_DEFAULT: Text = {
  en: 'no default export: write `export default defineLab({ … })`',
  zh: '没有默认导出：请写 `export default defineLab({ … })`',
}

/** A teacher's folder has no node_modules of its own: `statelab/lab` is this tool, whatever is installed there. */
function hookOnce(): void {
  if (hooked) return
  hooked = true
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === LAB_MODULE ? { url: PUBLIC_FACE, shortCircuit: true } : next(specifier, context),
  })
}

/** An import of what is not there is told where it is written; anything else where it happened, as close to the lab as is known. */
async function describe(error: unknown, file: string): Promise<LabProblem> {
  const message = firstLine(messageOf(error)).replaceAll(pathToFileURL(file).href, basename(file))
  const [, missing] = /does not provide an export named '([^']+)'/.exec(message) ?? []
  if (missing !== undefined)
    return { file, line: (await locate(file)).import(missing), text: await noSuchExport(message, missing) }
  const [, from] = /^Cannot find (?:module|package) '([^']+)'/.exec(message) ?? []
  const place = placeIn(error, dirname(file)) ?? { file }
  if (from !== undefined) {
    const importer = /imported from (.+)$/.exec(message)?.[1] ?? file
    const line = await lineOfImport(importer, from)
    const name = isAbsolute(from) ? relative(dirname(importer), from) : from
    return { file: importer, line, text: { en: `cannot find the module ${name}`, zh: `找不到模块 ${name}` } }
  }
  return { ...place, text: inWords(error, message, dirname(file)) }
}

function inWords(error: unknown, message: string, folder: string): Text {
  if (error instanceof SyntaxError) return { en: `syntax error: ${message}`, zh: `语法错误：${message}` }
  const thrownAt = error instanceof Error ? (/^ +at .*$/m.exec(error.stack ?? '')?.[0] ?? '') : ''
  // A check that fails on what it was given says nothing that the author of a lab could understand.
  if (error instanceof TypeError && thrownAt !== '' && !thrownAt.includes(basename(folder)))
    return { en: `a check was given something that it cannot use: ${message}`, zh: `检查收到了它无法使用的参数：${message}` }
  return { en: message, zh: message }
}

async function lineOfImport(importer: string, from: string): Promise<number | undefined> {
  const locator = await locate(importer)
  return locator.import(from) ?? locator.import(`./${relative(dirname(importer), from)}`)
}

async function noSuchExport(message: string, name: string): Promise<Text> {
  if (!message.includes(`'${LAB_MODULE}'`)) return { en: message, zh: message }
  const known = Object.keys((await import(PUBLIC_FACE)) as object)
  const guess = nearestTo(name, known)
  return {
    en: `${LAB_MODULE} has no ${name}${guess === undefined ? '' : `; did you mean ${guess}?`}`,
    zh: `${LAB_MODULE} 里没有 ${name}${guess === undefined ? '' : `；是否想写 ${guess}？`}`,
  }
}

/** The first place in the lab's folder that a stack names: a syntax error's begins with `…/lab.ts:12`, another's has `…/lab.ts:12:5`. */
function placeIn(error: unknown, folder: string): { file: string; line: number } | undefined {
  const stack = error instanceof Error ? (error.stack ?? '').replaceAll(pathToFileURL(folder).href, folder) : ''
  const after = stack.slice(stack.indexOf(folder) + folder.length)
  const [, name, line] = (stack.includes(folder) && /^[/\\]([^\n:]+):(\d+)/.exec(after)) || []
  return name === undefined ? undefined : { file: join(folder, name), line: Number(line) }
}

function firstLine(message: string): string {
  const line = message.split('\n').find((part) => part.trim() !== '')
  return line?.trim() ?? 'the module cannot be loaded'
}
