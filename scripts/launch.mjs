// Runs an entry file with its dependencies installed, on a Node that they accept:
//
//   node scripts/launch.mjs ENTRY ARGUMENT...
//
// Plain JavaScript without dependencies, for Node 18 and later: this is what runs before anything is installed.
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ensureDependencies } from './launch/dependencies.mjs'
import { InterruptedError, LaunchError } from './launch/errors.mjs'
import { ensureNode } from './launch/node.mjs'
import { putFirstOnPath } from './launch/path.mjs'
import { endBy, mergeRepeatedSignals, relaunch, wasRelaunched } from './launch/process.mjs'

const [, launcher, entry, ...args] = process.argv
const node = await prepare(fileURLToPath(new URL('..', import.meta.url)))
if (node === process.execPath) {
  if (wasRelaunched()) mergeRepeatedSignals()
  const file = resolve(entry)
  process.argv = [process.execPath, file, ...args]
  await import(pathToFileURL(file).href)
} else {
  await relaunch(node, [launcher, entry, ...args])
}

async function prepare(root) {
  try {
    if (entry === undefined) throw new LaunchError('no entry file was given', 'node scripts/launch.mjs scripts/cli.ts --help')
    await ensureDependencies(root)
    const chosen = await ensureNode(root)
    putFirstOnPath(chosen)
    return chosen
  } catch (error) {
    if (error instanceof InterruptedError) return endBy(error.signal)
    if (!(error instanceof LaunchError)) throw error
    process.stderr.write(`statelab: ${error.message}\n  fix: ${error.fix}\n`)
    process.exit(3)
  }
}
