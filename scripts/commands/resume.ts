import { StatelabError } from '../errors.ts'
import type { Verb } from './verb.ts'

/** `up` starts what is stopped and waits until it works; all that is special here is that nothing new is made. */
export const resume: Verb = {
  usage: 'resume',
  group: 'group.environment',
  summary: 'help.resume',
  examples: ['statelab resume'],
  run: async (session) => {
    const { engine, settings, t } = session
    const { environment, mayInstall, source, kubernetes } = settings
    const { name } = environment
    await session.work(async (emit, signal) => {
      await engine.ensureDocker({ emit, signal, mayInstall })
      if (!(await engine.exists(environment, signal))) {
        throw new StatelabError('not-found', t('error.noEnvironment', { name }), { fix: `statelab up --name ${name}` })
      }
      await engine.up(environment, { emit, signal, source, kubernetes, mayInstall })
    })
    session.answer({ name }, () => `${t('resume.done', { name })}\n`)
    return 0
  },
}
