import type { Environment } from '../environment.ts'
import { badInput, type StatelabError } from '../errors.ts'
import { type CommandRunner, pasteable } from '../process/command-runner.ts'
import { EXPORT_PATH } from './export-path.ts'
import type { ExportEntry, ExportView } from './export-view.ts'

/** Looks at the export inside the server's container. */
export function dockerExportView(runner: CommandRunner, env: Environment): ExportView {
  const look = async (script: string, path: string, signal: AbortSignal): Promise<string | undefined> => {
    const args = ['exec', env.nfsContainer, 'sh', '-c', script, 'look', inExport(path)]
    const { exitCode, stdout } = await runner.run('docker', args, { signal, allow: [0, NOT_THERE, OUTSIDE] })
    if (exitCode === OUTSIDE) throw outside(path)
    return exitCode === NOT_THERE ? undefined : stdout
  }
  return {
    async list(directory, signal) {
      const listing = await look(LIST, directory, signal)
      return listing === undefined ? undefined : parseListing(listing)
    },
    async read(file, signal) {
      const base64 = await look(READ, file, signal)
      return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('latin1')
    },
    command: (path, program = 'ls') =>
      pasteable('docker', ['exec', env.nfsContainer, ...(program === 'ls' ? ['ls', '-la'] : ['cat']), inExport(path)]),
  }
}

const NOT_THERE = 44
const OUTSIDE = 45

/** A Pod can put a symbolic link into the export that points anywhere: what counts is where it ends. */
const RESOLVE = `path=$(realpath -e -- "$1" 2>/dev/null) || exit ${NOT_THERE}
case "$path/" in ${EXPORT_PATH}/*) ;; *) exit ${OUTSIDE} ;; esac`

const LIST = `${RESOLVE}
[ -d "$path" ] || exit ${NOT_THERE}
exec find "$path" -mindepth 1 -maxdepth 1 -ignore_readdir_race -printf '%y\\t%m\\t%s\\t%T@\\t%f\\0'`

const READ = `${RESOLVE}
[ -f "$path" ] || exit ${NOT_THERE}
exec base64 -w 0 -- "$path"`

function inExport(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (path.startsWith('/') || path.includes('\0') || segments.includes('..')) throw outside(path)
  return [EXPORT_PATH, ...segments].join('/')
}

function outside(path: string): StatelabError {
  return badInput(
    `${JSON.stringify(path)} is not a path within the export`,
    'give a path relative to the export, such as default-data-pvc-1/dump.rdb',
  )
}

function parseListing(listing: string): ExportEntry[] {
  return listing
    .split('\0')
    .filter((line) => line !== '')
    .map(parseEntry)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function parseEntry(line: string): ExportEntry {
  const [type, mode = '', size = '', modified = '', ...name] = line.split('\t')
  return {
    name: name.join('\t'),
    kind: type === 'f' ? 'file' : type === 'd' ? 'directory' : 'other',
    mode: Number.parseInt(mode, 8),
    sizeBytes: Number(size),
    modifiedAt: new Date(Number(modified) * 1_000),
  }
}
