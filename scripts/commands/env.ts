import { writeLabKubeconfig } from './lab-kubeconfig.ts'
import { namespaceOf } from '../runner/lab-context.ts'
import { loadLab } from './labs.ts'
import { needEnvironment } from './need-environment.ts'
import { nfsVariables } from './nfs-variables.ts'
import type { Verb } from './verb.ts'

/** Variables for a shell. Nothing but assignments may reach stdout: `eval` runs what it reads. */
export const env: Verb = {
  usage: 'env',
  group: 'group.inside',
  summary: 'help.env',
  examples: ['eval "$(statelab env)"', 'eval "$(statelab env --lab redis-persistence)"'],
  configure: (command, t) => command.option('--lab <lab>', t('flag.lab')),
  run: async (session, { options }) => {
    const { environment } = session.settings
    const lab = typeof options.lab === 'string' ? await loadLab(session, options.lab) : undefined
    await session.work((emit, signal) => needEnvironment(session, { emit, signal }))
    const kubeconfig = lab ? await writeLabKubeconfig(environment, namespaceOf(lab)) : environment.kubeconfig
    const variables = { KUBECONFIG: kubeconfig, STATELAB_NAME: environment.name, ...(await nfsVariables(session)) }
    session.answer({ environment: variables }, () => exports(variables))
    return 0
  },
}

function exports(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('')
}
