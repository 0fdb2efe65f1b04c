import { createHash } from 'node:crypto'
import { closeSync, createReadStream, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { LaunchError } from './errors.mjs'
import { run } from './run.mjs'

/**
 * Whether this project was unpacked from an offline bundle that has this file, and is still the one that was packed: with
 * another package-lock.json the packages in the bundle are not those to install.
 */
export function isBundled(root, name) {
  if (!existsSync(join(root, 'bundle', name))) return false
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  return checksums(root).get('package-lock.json') === lock
}

/** Unpacks a `.tar.gz` of the bundle into a folder that is complete when it has its name. */
export async function unpackBundled(root, name, folder) {
  await verify(root, name)
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  // By a descriptor: to some tars, the colon in C:\ means a host.
  const archive = openSync(join(root, 'bundle', name), 'r')
  try {
    const problem = await run('tar', ['-xzf', '-'], { folder: unfinished, stdin: archive })
    if (problem)
      throw new LaunchError(`tar ${problem} for bundle/${name}`, 'make room on this disk, and have the programs tar and gzip')
  } finally {
    closeSync(archive)
  }
  rmSync(folder, { recursive: true, force: true })
  renameSync(unfinished, folder)
}

async function verify(root, name) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(join(root, 'bundle', name))) hash.update(chunk)
  if (hash.digest('hex') === checksums(root).get(`bundle/${name}`)) return
  throw new LaunchError(`bundle/${name} is damaged: it has not its checksum of bundle/SHA256SUMS`, 'unpack the bundle again')
}

/** Path → SHA-256, of what the bundle was packed with. */
function checksums(root) {
  const lines = readFileSync(join(root, 'bundle', 'SHA256SUMS'), 'utf8').split('\n')
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]))
}
