import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { PROJECT } from '../../scripts/commands/project.ts'
import { environment } from '../../scripts/environment.ts'
import type { CommandResult } from '../../scripts/process/command-runner.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'

/** The environment of these tests: of its own name, so that nobody's is touched. */
export const ENV = environment('statelab-e2e')

const CLI = join(PROJECT.root, 'scripts', 'cli.ts')

/** Runs the command line as a user does, to its end, whatever that is. */
export function statelab(...args: string[]): Promise<CommandResult> {
  return execaRunner.run(process.execPath, [CLI, ...args], { allow: 'any', env: { CI: 'true' } })
}

/** As `statelab`, for commands that must succeed. @returns stdout. */
export async function statelabOk(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await statelab(...args)
  if (exitCode !== 0) throw new Error(`statelab ${args.join(' ')} exited with ${exitCode}:\n${stderr}\n${stdout}`)
  return stdout
}

/** Starts the command line, and sends it a signal as soon as it has said what is waited for. @returns how it ended. */
export async function signalWhenSaid(
  args: readonly string[],
  said: RegExp,
  signal: NodeJS.Signals,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, CI: 'true' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  let sent = false
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (sent || !said.test(output)) return
    sent = true
    child.kill(signal)
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  if (!sent) throw new Error(`it ended with ${code} before it said ${said}:\n${output}`)
  return { code, output }
}

/** What there is of the environment anywhere on the machine: containers, networks, volumes, mounts. */
export async function leftovers(): Promise<string[]> {
  const docker = async (...args: string[]): Promise<string[]> => {
    const { stdout } = await execaRunner.run('docker', args)
    return stdout.split('\n').filter((line) => line !== '')
  }
  const ours = (names: string[]): string[] => names.filter((name) => name.includes(ENV.name))
  const [containers, networks, volumes, mounts] = await Promise.all([
    docker('ps', '--all', '--format', '{{.Names}}'),
    docker('network', 'ls', '--format', '{{.Name}}'),
    docker('volume', 'ls', '--format', '{{.Name}}'),
    execaRunner.run('cat', ['/proc/mounts']).then(({ stdout }) => stdout.split('\n')),
  ])
  return [...ours(containers), ...ours(networks), ...ours(volumes), ...ours(mounts)]
}

/** Docker's volumes without a name: a node's /var that was left behind is one. */
export async function anonymousVolumes(): Promise<string[]> {
  const { stdout } = await execaRunner.run('docker', ['volume', 'ls', '--quiet', '--filter', 'dangling=true'])
  return stdout
    .split('\n')
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .sort()
}
