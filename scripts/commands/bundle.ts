import { resolve } from 'node:path'
import { badInput } from '../errors.ts'
import { formatBytes } from './bytes.ts'
import { loadLabs, loadNamedLabs } from './labs.ts'
import type { Session } from './session.ts'
import type { Input, Verb } from './verb.ts'

export const bundle: Verb = {
  usage: 'bundle <what> <file>',
  group: 'group.environment',
  summary: 'help.bundle',
  examples: [
    'statelab bundle save statelab.tar',
    'statelab bundle save small.tar --labs redis-persistence,redis-replication',
    'statelab bundle verify statelab.tar',
    'statelab bundle load statelab.tar && statelab up --source bundle',
  ],
  configure: (command, t) => command.option('--labs <ids>', t('flag.bundleLabs')).option('--force', t('flag.force')),
  run: async (session, input) => {
    const { t, io } = session
    const [what = '', name = ''] = input.args
    const act = ACTIONS[what]
    if (!act) throw badInput(t('error.bundleWhat', { what: JSON.stringify(what) }), t('error.bundleWhat.fix'))
    const unfit = what === 'save' ? [] : ['labs', 'force'].filter((flag) => input.options[flag] !== undefined)
    if (unfit[0] !== undefined) throw badInput(t('error.bundleFlag', { flag: `--${unfit[0]}` }), t('error.bundleFlag.fix'))
    return act(session, resolve(io.cwd, name), input)
  },
}

const ACTIONS: Readonly<Record<string, (session: Session, file: string, input: Input) => Promise<number>>> = {
  save,
  load,
  verify,
}

async function save(session: Session, file: string, { options }: Input): Promise<number> {
  const { t, engine, settings } = session
  const ids = options.labs === undefined ? undefined : String(options.labs).split(',')
  // Labs of one's own stay where they are: a bundle is the project as it is released.
  const ours = { ...session, settings: { ...settings, labFolders: [] } }
  const labs = await (ids === undefined ? loadLabs(ours) : loadNamedLabs(ours, ids))
  const { source, kubernetes, mirrors, mayInstall } = settings
  const request = { file, force: options.force === true, labs, onlyTheirs: ids !== undefined }
  const saved = await session.work((emit, signal) =>
    engine.saveBundle({ ...request, source, kubernetes, mirrors, mayInstall, emit, signal }),
  )
  session.answer(saved, () => `${t('bundle.saved', { file, size: formatBytes(saved.bytes) })}\n`)
  return 0
}

async function load(session: Session, file: string): Promise<number> {
  const { t, engine, settings } = session
  const { mayInstall } = settings
  const loaded = await session.work((emit, signal) => engine.loadBundle({ file, mayInstall, emit, signal }))
  session.answer({ file, bundle: loaded }, () => `${t('bundle.loaded', { kubernetes: loaded.kubernetes })}\n`)
  return 0
}

async function verify(session: Session, file: string): Promise<number> {
  const { t, engine, style } = session
  const verdict = await session.work((emit, signal) => engine.verifyBundle({ file, emit, signal }))
  const { problems, files, bytes, unusable } = verdict
  session.answer({ file, ...verdict }, () => {
    const lines = problems.map(({ path, what }) => `${style('red', '✖')} ${path}: ${what}`)
    const size = formatBytes(bytes)
    const sound =
      unusable === undefined ? t('bundle.sound', { files, size }) : t('bundle.unusable', { files, size, why: unusable })
    return `${(problems.length === 0 ? [sound] : [...lines, t('bundle.damaged')]).join('\n')}\n`
  })
  return problems.length === 0 ? 0 : 2
}
