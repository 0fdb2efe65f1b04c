import { scheduleLabs } from '../runner/schedule-labs.ts'
import { statementsOf } from '../runner/statements.ts'
import { addLabFlags, chosenLabs, parallelOf } from './choose-labs.ts'
import { addReportFlag } from './report-files.ts'
import { reportWork } from './report-work.ts'
import type { Verb } from './verb.ts'

/** The gate of the labs that come with statelab, for labs of one's own. */
export const prove: Verb = {
  usage: 'prove [lab...]',
  group: 'group.authors',
  summary: 'help.prove',
  tellsLog: true,
  examples: [
    'statelab prove first-claim --labs ./my-labs',
    'statelab prove first-claim --labs ./my-labs --report html=proof.html',
  ],
  configure: (command, t) => addReportFlag(addLabFlags(command, t), t),
  run: async (session, input) => {
    const parallel = parallelOf(session, input)
    const labs = await chosenLabs(session, input)
    const titled = labs.map((lab) => ({ ...lab, tasks: statementsOf(lab) }))
    return reportWork(session, input, { labs: titled }, (work) =>
      scheduleLabs(labs, {
        parallel,
        signal: work.signal,
        run: (lab) => session.engine.proveLab(session.settings.environment, lab, work),
      }),
    )
  },
}
