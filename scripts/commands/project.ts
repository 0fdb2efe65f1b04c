import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname } from 'node:path'

/** The package this file belongs to, in a checkout and as installed: its folder holds images/, labs/ and manifests/. */
export const PROJECT = readProject()

function readProject(): { readonly root: string; readonly version: string } {
  const file = findPackageJSON(import.meta.url)
  if (file === undefined) throw new Error('the package.json of statelab is missing')
  return { root: dirname(file), version: (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version }
}
