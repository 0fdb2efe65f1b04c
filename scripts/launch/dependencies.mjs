import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isBundled, unpackBundled } from './bundle.mjs'
import { LaunchError } from './errors.mjs'
import { withInstallLock } from './lock.mjs'
import { runNpm } from './npm.mjs'

/** Makes node_modules what package-lock.json says. Costs one hash when it is. */
export async function ensureDependencies(root) {
  if (areInstalled(root)) return
  await withInstallLock(root, async () => {
    if (areInstalled(root)) return
    rmSync(stampFile(root), { force: true })
    await install(root)
    writeStamp(root, hashOfLockFile(root))
  })
}

async function install(root) {
  if (isBundled(root, BUNDLED)) {
    process.stderr.write('statelab: installing the dependencies from the bundle\n')
    return unpackBundled(root, BUNDLED, join(root, 'node_modules'))
  }
  process.stderr.write('statelab: installing the dependencies (npm ci)\n')
  // Nothing in the lock file needs its install script, so none is allowed to run.
  return runNpm(['ci', '--ignore-scripts', '--prefer-offline'], root, 'npm ci --ignore-scripts')
}

const BUNDLED = 'node_modules.tar.gz'

function areInstalled(root) {
  const hash = hashOfLockFile(root)
  if (readIfThere(stampFile(root)) === hash) return true
  if (!isWhatNpmInstalled(root)) return false
  writeStamp(root, hash)
  return true
}

/** True when someone ran npm by hand: npm records what it installed, but nothing if it did not get to its end. */
function isWhatNpmInstalled(root) {
  const record = readIfThere(join(root, 'node_modules', '.package-lock.json'))
  if (record === undefined) return false
  const installed = JSON.parse(record).packages
  const wanted = Object.entries(JSON.parse(readFileSync(lockFile(root), 'utf8')).packages)
  return wanted.every(([path, { version, optional, devOptional }]) => {
    if (path === '') return true
    const found = installed[path]
    return found === undefined ? Boolean(optional || devOptional) : found.version === version
  })
}

function hashOfLockFile(root) {
  if (!existsSync(lockFile(root))) {
    throw new LaunchError(`${root} is not a checkout of statelab: it has no package-lock.json`, 'git clone the repository again')
  }
  return createHash('sha256')
    .update(readFileSync(lockFile(root)))
    .digest('hex')
}

function writeStamp(root, hash) {
  try {
    writeFileSync(stampFile(root), hash)
  } catch {
    // A read-only checkout: it works, it only compares the lock files at every start.
  }
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

const lockFile = (root) => join(root, 'package-lock.json')
const stampFile = (root) => join(root, 'node_modules', '.statelab-installed')
