import { statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { badInput } from '../errors.ts'
import { PROJECT } from './project.ts'
import type { Session } from './session.ts'
import type { Input, Verb } from './verb.ts'

export const newLab: Verb = {
  usage: 'new <what> <id>',
  group: 'group.authors',
  summary: 'help.new',
  examples: ['statelab new lab first-claim --dir ./my-labs', 'statelab new lab first-claim --dir ./my-labs --track redis'],
  configure: (command, t) => command.option('--dir <folder>', t('flag.dir')).option('--track <track>', t('flag.newTrack')),
  run: async (session, input) => {
    const { id, track, folder } = read(session, input)
    const { scaffoldLab } = await import('../catalog/scaffold-lab.ts')
    const others = [OURS, ...session.settings.labFolders].filter((other) => other !== folder)
    const { path, files } = await scaffoldLab({ id, track, folder, others })
    session.answer({ lab: id, folder: path, files }, () => whatNext(session, id, folder, path))
    return 0
  },
}

const OURS = join(PROJECT.root, 'labs')

/** As the catalogue wants them. */
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const LONGEST = 40

function read(
  { t, io, settings }: Session,
  { args: [what = '', id = ''], options }: Input,
): Record<'id' | 'track' | 'folder', string> {
  if (what !== 'lab') throw badInput(t('error.newWhat', { what: JSON.stringify(what) }), t('error.newWhat.fix'))
  if (!isName(id)) throw badInput(t('error.newId', { id: JSON.stringify(id) }), t('error.newId.fix'))
  const track = String(options.track ?? 'volumes')
  if (!isName(track)) throw badInput(t('error.newTrack', { track: JSON.stringify(track) }), t('error.newId.fix'))
  const folder =
    options.dir === undefined ? (settings.labFolders[0] ?? join(io.cwd, 'labs')) : resolve(io.cwd, String(options.dir))
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw badInput(t('error.newFolder', { folder: JSON.stringify(folder) }), t('error.newFolder.fix'))
  return { id, track, folder }
}

function isName(text: string): boolean {
  return NAME.test(text) && text.length <= LONGEST
}

function whatNext({ t, style, io }: Session, id: string, folder: string, path: string): string {
  const shown = relative(io.cwd, folder)
  const where = folder === OURS ? '' : ` --labs ${shown.startsWith('..') || shown === '' ? folder : shown}`
  const rows = [
    [`statelab prove ${id}${where}`, t('new.prove')],
    [`statelab start ${id}${where}`, t('new.start')],
  ] as const
  const width = Math.max(...rows.map(([command]) => command.length))
  const lines = rows.map(([command, why]) => `  ${style('cyan', command.padEnd(width))}  ${style('dim', why)}`)
  return [t('new.done', { lab: id, folder: path }), ...lines, t('new.edit'), ''].join('\n')
}
