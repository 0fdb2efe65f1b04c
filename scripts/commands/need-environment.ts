import { prerequisiteMissing } from '../errors.ts'
import type { EnvironmentStatus } from '../provision/read-status.ts'
import type { LabWork, Work } from './engine.ts'
import type { Session } from './session.ts'

/**
 * Sees to it that the environment a command needs is there and works: makes or heals it, saying so.
 * @throws {StatelabError} `prerequisite-missing` when there is none and `--no-up` forbids making one.
 */
export async function needEnvironment(session: Session, work: Work): Promise<void> {
  const { engine, settings, t } = session
  const { environment, mayUp, kubernetes } = settings
  const { name } = environment
  if (await engine.isUsable(environment, work.signal, kubernetes)) return
  if (!mayUp) throw prerequisiteMissing(t('error.noEnvironment', { name }), `statelab up --name ${name}`)
  work.emit({ type: 'note', level: 'info', text: t('progress.makingEnvironment', { name }) })
  await makeEnvironment(session, work)
}

/** Makes or heals the environment. What was asked for is checked before anything on this machine is changed. */
export async function makeEnvironment({ engine, settings }: Session, work: Work): Promise<EnvironmentStatus> {
  const { environment, mayInstall, source, kubernetes, mirrors } = settings
  await engine.checkImages({ source, kubernetes, mirrors }, work.signal)
  await engine.ensureDocker({ ...work, mayInstall })
  return engine.up(environment, { ...work, source, kubernetes, mirrors, mayInstall })
}

/**
 * Work in an environment, which is made when there is none.
 * @param options.passing as for `Session.work`; the making of an environment stays on screen all the same.
 */
export async function workInEnvironment<T>(
  session: Session,
  run: (work: LabWork) => Promise<T>,
  options: { readonly passing?: boolean } = {},
): Promise<T> {
  await session.work((emit, signal) => needEnvironment(session, { emit, signal }))
  return session.work((emit, signal) => run({ emit, signal, language: session.settings.language }), options)
}
