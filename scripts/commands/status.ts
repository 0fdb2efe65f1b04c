import type { EnvironmentReport } from './engine.ts'
import { renderTable } from '../report/table.ts'
import { labStateText } from './lab-state.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

export const status: Verb = {
  usage: 'status',
  group: 'group.environment',
  summary: 'help.status',
  examples: ['statelab status', 'statelab status -o json'],
  run: async (session) => {
    const { engine, settings, signal } = session
    const found = await engine.status(settings.environment, signal)
    session.answer(found, () => describe(found, session))
    return 0
  },
}

function describe({ name, cluster, nfs, provisioner, metricsServer, labs }: EnvironmentReport, { t, style }: Session): string {
  const parts = renderTable(
    [t('status.part'), t('status.state'), t('status.detail')],
    [
      [
        t('status.cluster'),
        cluster.state,
        t('status.cluster.detail', { nodes: cluster.nodes, kubernetes: cluster.kubernetes || '-' }),
      ],
      [t('status.nfs'), nfs.state, nfs.server === '' ? '-' : `${nfs.server}:${nfs.export}`],
      [t('status.provisioner'), provisioner.state, provisioner.version || '-'],
      ['metrics-server', metricsServer.state, metricsServer.version || '-'],
      ['kubeconfig', '', cluster.kubeconfig || '-'],
    ],
    style,
  )
  const states = labs.map(({ id, state }) => [id, labStateText(state, { t, style })])
  const table = states.length === 0 ? '' : `\n${renderTable([t('list.lab'), t('list.state')], states, style)}\n`
  return `${style('bold', t('status.title', { name }))}\n\n${parts}\n${table}`
}
