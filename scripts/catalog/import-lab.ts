import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { messageOf } from '../errors.ts'

/** What labs import, wherever their folder is. */
const LAB_MODULE = 'statelab/lab'

/** This file's own ending, so that the compiled package maps to its compiled module. */
const PUBLIC_FACE = new URL(import.meta.url.endsWith('.ts') ? '../lab.ts' : '../lab.js', import.meta.url).href

let hooked = false

/**
 * Imports a lab's module.
 * @returns its default export, or one line that says why there is none.
 */
export async function importLab(file: string): Promise<{ readonly value: unknown } | { readonly problem: string }> {
  hookOnce()
  try {
    const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { default?: unknown }
    if (module.default === undefined) return { problem: 'no default export: write `export default defineLab({ … })`' }
    return { value: module.default }
  } catch (error) {
    return { problem: describe(error, file) }
  }
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

function describe(error: unknown, file: string): string {
  const url = pathToFileURL(file).href
  const stack = error instanceof Error ? (error.stack ?? '').replaceAll(url, file) : ''
  // A syntax error's stack begins with "…/lab.ts:12"; another error's has "…/lab.ts:12:5" where it was thrown.
  const line = /^:(\d+)/.exec(stack.split(file)[1] ?? '')?.[1]
  const message =
    messageOf(error)
      .split('\n')
      .find((part) => part.trim() !== '')
      ?.trim() ?? 'the module cannot be loaded'
  const what = error instanceof SyntaxError ? 'syntax error: ' : ''
  return `${line === undefined ? '' : `line ${line}: `}${what}${message.replaceAll(url, 'lab.ts')}`
}
