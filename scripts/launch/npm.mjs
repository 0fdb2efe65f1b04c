import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InterruptedError, LaunchError } from './errors.mjs'

const QUIET = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Runs npm in `folder`. What it says goes to stderr: stdout belongs to the command that was asked for. */
export async function runNpm(args, folder, fix) {
  const [file, ...first] = npmCommand()
  const npm = spawn(file, [...first, ...args, ...QUIET], { cwd: folder, stdio: ['ignore', process.stderr, process.stderr] })
  let interruptedBy
  const end = (signal) => {
    interruptedBy ??= signal
    npm.kill(signal)
  }
  for (const signal of ENDING_SIGNALS) process.on(signal, end)
  try {
    const problem = await ended(npm)
    if (interruptedBy) throw new InterruptedError(interruptedBy)
    if (problem)
      throw new LaunchError(`npm ${args[0]} ${problem} in ${folder}`, `check that the npm registry can be reached, then: ${fix}`)
  } finally {
    for (const signal of ENDING_SIGNALS) process.off(signal, end)
  }
}

function ended(npm) {
  return new Promise((resolve, reject) => {
    npm.on('error', () =>
      reject(new LaunchError('npm was not found', 'install it with Node.js; on Debian and Ubuntu: apt-get install npm')),
    )
    npm.on('close', (code, signal) => resolve(code === 0 ? undefined : `failed (${signal ?? `exit code ${code}`})`))
  })
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
