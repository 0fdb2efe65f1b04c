import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LaunchError } from './errors.mjs'
import { run } from './run.mjs'

const QUIET = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']

/** Runs npm in `folder`. */
export async function runNpm(args, folder, fix) {
  const [file, ...first] = npmCommand()
  const problem = await run(file, [...first, ...args, ...registryFlag(), ...QUIET], { folder })
  if (problem === 'not found')
    throw new LaunchError('npm was not found', 'install it with Node.js; on Debian and Ubuntu: apt-get install npm')
  if (problem)
    throw new LaunchError(`npm ${args[0]} ${problem} in ${folder}`, `check that the npm registry can be reached, then: ${fix}`)
}

/** What `npm=URL` among the mirrors asks for; the tool itself reads the others (scripts/images/registry/mirrors.ts). */
function registryFlag() {
  const mirrors = (process.env.STATELAB_MIRROR ?? '').split(',').map((value) => value.trim())
  const npm = mirrors.find((value) => /^npm=https?:\/\//.test(value))
  return npm === undefined ? [] : [`--registry=${npm.slice('npm='.length)}`]
}

/** npm's own file where it can be found: it runs without a shell, also on Windows, where `npm` is a batch file. */
function npmCommand() {
  const bin = dirname(process.execPath)
  const cli = [
    process.env.npm_execpath ?? '',
    join(bin, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(bin, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(bin, '..', 'share', 'nodejs', 'npm', 'bin', 'npm-cli.js'),
  ].find((path) => path.endsWith('npm-cli.js') && existsSync(path))
  return cli === undefined ? ['npm'] : [process.execPath, cli]
}
