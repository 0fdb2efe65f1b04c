import { statementsOf } from '../runner/statements.ts'
import { loadNamedLabs } from './labs.ts'
import { addReportFlag } from './report-files.ts'
import { reportWork } from './report-work.ts'
import type { Verb } from './verb.ts'

/** The gate of the labs that come with statelab, for labs of one's own. */
export const prove: Verb = {
  usage: 'prove <lab...>',
  group: 'group.authors',
  summary: 'help.prove',
  tellsLog: true,
  examples: [
    'statelab prove first-claim --labs ./my-labs',
    'statelab prove first-claim --labs ./my-labs --report html=proof.html',
  ],
  configure: addReportFlag,
  run: async (session, input) => {
    const labs = await loadNamedLabs(session, input.args)
    const titled = labs.map((lab) => ({ ...lab, tasks: statementsOf(lab) }))
    return reportWork(session, input, { labs: titled }, async (work) => {
      const proofs = []
      for (const lab of labs) proofs.push(await session.engine.proveLab(session.settings.environment, lab, work))
      return proofs
    })
  },
}
