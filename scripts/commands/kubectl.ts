import { CommandFailedError } from '../process/command-runner.ts'
import { withFilesOnStdin } from './kubectl-files.ts'
import { namespaceOf } from '../runner/lab-context.ts'
import { loadLab } from './labs.ts'
import { needEnvironment } from './need-environment.ts'
import { KUBECTL_VARIABLE } from './shell/shell-programs.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'
import { wasInterrupted } from './watch-view.ts'

/** kubectl on the environment; on a machine that has none, the one inside the control-plane node. */
export const kubectl: Verb = {
  usage: 'kubectl [arguments...]',
  group: 'group.inside',
  summary: 'help.kubectl',
  examples: ['statelab kubectl get pods -A', 'statelab kubectl --lab redis-persistence get pvc'],
  configure: (command, t) => command.option('--lab <lab>', t('flag.lab')).passThroughOptions().allowUnknownOption(),
  run: async (session, { args, options }) => {
    const lab = typeof options.lab === 'string' ? await loadLab(session, options.lab) : undefined
    await session.work((emit, signal) => needEnvironment(session, { emit, signal }))
    const words = lab ? inNamespace(namespaceOf(lab), args) : args
    try {
      const found = session.io.env[KUBECTL_VARIABLE] === 'node' ? undefined : await runOnHost(session, words)
      return found ?? (await runInNode(session, words))
    } catch (error) {
      // Ctrl-C is how a person ends `get --watch` and `logs -f`: kubectl itself says nothing then.
      if (wasInterrupted(session)) return 130
      throw error
    }
  },
}

/** After kubectl's own verb, as a person would write it: before an unknown one kubectl complains about the flag instead. */
function inNamespace(namespace: string, args: readonly string[]): readonly string[] {
  const [verb, ...rest] = args
  const flag = `--namespace=${namespace}`
  return verb === undefined || verb.startsWith('-') ? [flag, ...args] : [verb, flag, ...rest]
}

/** @returns kubectl's exit code; `undefined` when this machine has no kubectl. */
async function runOnHost({ io, settings, signal }: Session, args: readonly string[]): Promise<number | undefined> {
  const { kubeconfig } = settings.environment
  try {
    const { exitCode } = await io.runner.run('kubectl', args, {
      signal,
      stdio: 'inherit',
      allow: 'any',
      env: { KUBECONFIG: kubeconfig },
    })
    return exitCode
  } catch (error) {
    if (error instanceof CommandFailedError && error.notFound) return undefined
    throw error
  }
}

async function runInNode({ io, settings, signal }: Session, args: readonly string[]): Promise<number> {
  const node = `${settings.environment.cluster}-control-plane`
  const inNode = (words: readonly string[], terminal: readonly string[]): readonly string[] => [
    ...['exec', '--interactive', ...terminal, '--env', 'KUBECONFIG=/etc/kubernetes/admin.conf', node, 'kubectl'],
    ...words,
  ]
  const fed = withFilesOnStdin(args, io.cwd)
  if (fed) {
    const result = await io.runner.run('docker', inNode(fed.args, []), { signal, input: fed.input, allow: 'any' })
    if (result.stdout !== '') io.stdout.write(`${result.stdout}\n`)
    if (result.stderr !== '') io.stderr.write(`${result.stderr}\n`)
    return result.exitCode
  }
  const terminal = io.stdinIsTerminal && io.stdout.isTerminal ? ['--tty'] : []
  const { exitCode } = await io.runner.run('docker', inNode(args, terminal), { signal, stdio: 'inherit', allow: 'any' })
  return exitCode
}
