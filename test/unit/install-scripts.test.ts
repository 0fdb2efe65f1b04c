import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT } from '../../scripts/commands/project.ts'

/** Packages that bring an install script, and why the script may stay unused. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'cpu-features': 'optional: it only helps ssh2 to choose a cipher',
  protobufjs: 'the script prints a warning about version ranges',
  ssh2: 'it builds a faster cipher and an agent for Windows, and works without; Docker is reached over a socket here',
}

const read = (file: string): string => readFileSync(join(PROJECT.root, file), 'utf8')

test('no install script of a package runs, whoever calls npm', () => {
  expect(read('.npmrc').split('\n')).toContain('ignore-scripts=true')
  expect(read('scripts/launch/dependencies.mjs')).toContain('--ignore-scripts')
})

test('every package with an install script is known by name, with the reason why it works without', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { hasInstallScript?: true }> }
  const withScript = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript)
  const names = withScript.map(([path]) => path.replace(/^.*node_modules\//, ''))
  expect([...new Set(names)].sort()).toEqual(Object.keys(NOT_RUN))
})
