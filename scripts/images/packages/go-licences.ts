import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { CommandRunner } from '../../process/command-runner.ts'

export interface GoLicencesOptions {
  /** The folder of the Go module. */
  readonly module: string
  /** The flags of the build that decide what is compiled. */
  readonly flags: readonly string[]
  /** The packages of the programs. */
  readonly packages: readonly string[]
  /** Gets a folder `<module>@<version>` for each module. */
  readonly into: string
  readonly signal: AbortSignal
}

/**
 * Copies the licences of all that is compiled into Go programs: the files of each package's folder and of the folders
 * above it, up to its module's, for parts of a module may have come from elsewhere.
 */
export async function collectGoLicences(runner: CommandRunner, options: GoLicencesOptions): Promise<void> {
  const { module, flags, packages, into, signal } = options
  const run = { cwd: module, env: { CGO_ENABLED: '0' }, signal }
  const { stdout } = await runner.run('go', ['list', '-deps', ...flags, '-f', FORMAT, ...packages], run)
  const folders = new Map<string, string>()
  for (const line of stdout.split('\n')) {
    const [name = '', root = '', folder = ''] = line.split('\t')
    if (name === '') continue
    for (let at = folder; ; at = dirname(at)) {
      folders.set(at, join(into, name, relative(root, at)))
      if (at === root || at === dirname(at)) break
    }
  }
  const { stdout: go } = await runner.run('go', ['env', 'GOROOT', 'GOVERSION'], run)
  const [root = '', version = ''] = go.split('\n')
  if (root !== '') folders.set(root, join(into, `go@${version.replace(/^go/, '')}`))
  await Promise.all([...folders].map(([from, to]) => copyLicences(from, to)))
}

/** Of what is compiled in: the module as it is after replacements, its folder, the package's folder. Nothing of our own. */
const FORMAT = [
  '{{with .Module}}{{if not .Main}}',
  '{{with .Replace}}{{.Path}}@{{.Version}}{{else}}{{.Path}}@{{.Version}}{{end}}\t{{.Dir}}\t{{$.Dir}}',
  '{{end}}{{end}}',
].join('')

const LICENCE = /^(licen[cs]e|copying|copyright|notice|patents|unlicense)([-_.].*)?$/i
/** Not a licence, whatever its name begins with. */
const PROGRAM = /\.(go|s|c|h|sh|py|tmpl|tpl)$/i

async function copyLicences(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true })
  const licences = entries.filter((entry) => entry.isFile() && LICENCE.test(entry.name) && !PROGRAM.test(entry.name))
  if (licences.length > 0) await mkdir(to, { recursive: true })
  // Written anew, not copied: what is in the module cache is read-only.
  for (const { name } of licences) await writeFile(join(to, name), await readFile(join(from, name)))
}
