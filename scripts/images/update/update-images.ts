/**
 * `npm run update:images -- [--check] [--offline] [--mirror HOST[/PREFIX]]...`: brings manifests/images.lock.yaml up to
 * date with the registries, kind's release and the images that were built here. `--check` changes nothing and fails when
 * something is out of step; `--offline` asks nobody outside of this machine.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { echo, retry } from 'zx'
import { stateFolder } from '../../environment.ts'
import { badInput, exitCodeOf, fixOf, messageOf } from '../../errors.ts'
import { CommandFailedError } from '../../process/command-runner.ts'
import { execaRunner } from '../../process/execa-runner.ts'
import { readImageLock } from '../lock.ts'
import { parseMirrors } from '../registry/mirrors.ts'
import { builtPackages } from './built-packages.ts'
import { changesOf, editLock, type Findings, pinnedReferences } from './edit-lock.ts'
import { kindChecksums } from './kind-checksums.ts'
import { lockProblems } from './lock-problems.ts'
import { resolveDigest } from './registry-digest.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const FILE = join(ROOT, 'manifests', 'images.lock.yaml')
const LIMIT_MS = 120_000
const signal = AbortSignal.timeout(LIMIT_MS)
const NOBODY = { digests: new Map<string, string>(), problems: [] }

try {
  const flags = parseFlags(process.argv.slice(2))
  const text = await readFile(FILE, 'utf8')
  const outside = flags.offline ? NOBODY : await askOutside(text, flags.mirror)
  const findings = { ...outside, ...(await askDocker()) }
  const changes = changesOf(text, findings)
  for (const { path, from, to } of changes) echo(`${path.join('.')}: ${String(from ?? 'missing')} -> ${String(to)}`)
  if (!flags.check && changes.length > 0) await writeFile(FILE, editLock(text, changes))
  const problems = [...outside.problems, ...(await lockProblems(ROOT))]
  for (const problem of problems) echo(problem)
  const isOutOfStep = problems.length > 0 || (flags.check && changes.length > 0)
  if (isOutOfStep && flags.check) echo('npm run update:images   # what it cannot mend is to be changed by hand')
  process.exitCode = isOutOfStep ? 1 : 0
} catch (error) {
  const fix = fixOf(error, 'en')
  process.stderr.write(`${messageOf(error)}\n${fix === undefined ? '' : `${fix}\n`}`)
  process.exitCode = exitCodeOf(error)
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        check: { type: 'boolean', default: false },
        offline: { type: 'boolean', default: false },
        mirror: { type: 'string', multiple: true, default: [] },
      },
    }).values
  } catch (error) {
    throw badInput(messageOf(error), 'npm run update:images -- [--check] [--offline] [--mirror HOST[/PREFIX]]')
  }
}

type Outside = Findings & { readonly problems: readonly string[] }

/** A registry that does not answer once may do so the next time. Whoever has a mirror of images may have none of kind. */
async function askOutside(text: string, mirror: readonly string[]): Promise<Outside> {
  const access = { mirrors: parseMirrors(mirror), fetch, signal }
  const { kind } = await readImageLock(FILE)
  const digestOf = (reference: string) => retry(3, '1s', () => resolveDigest(reference, access))
  const digests = await Promise.all(
    pinnedReferences(text).map(async (reference) => [reference, await digestOf(reference)] as const),
  )
  const found = { digests: new Map(digests), problems: [] }
  try {
    return { ...found, kindPrograms: await retry(3, '1s', () => kindChecksums(kind.version, access)) }
  } catch (error) {
    return { ...found, problems: [`the checksums of kind were not looked at: ${messageOf(error)}`] }
  }
}

/** Images that were built here tell which packages they got; without any, nothing is said about packages. */
async function askDocker(): Promise<Pick<Findings, 'packages'>> {
  const cacheFolder = join(stateFolder(), 'cache')
  await mkdir(cacheFolder, { recursive: true, mode: 0o700 })
  try {
    const { versions, missing } = await builtPackages(execaRunner, { root: ROOT, cacheFolder, signal })
    if (missing.length > 0) echo(`packages stay as they are: no image that was built here has ${missing.join(', ')}`)
    return { packages: versions }
  } catch (error) {
    if (!(error instanceof CommandFailedError)) throw error
    echo(`packages stay as they are: ${messageOf(error)}`)
    return {}
  }
}
