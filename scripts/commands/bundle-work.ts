import { basename, join, relative } from 'node:path'
import type { Lab } from '../catalog/lab.ts'
import { stateFolder } from '../environment.ts'
import { messageOf, prerequisiteMissing } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { Host } from '../host/host.ts'
import { inspectImage } from '../images/build/docker.ts'
import { type BundleJson, whyUnusable } from '../images/bundle/bundle-json.ts'
import { diskFile } from '../images/bundle/disk-file.ts'
import { imagesNamedIn } from '../images/bundle/lab-images.ts'
import { loadArchive } from '../images/bundle/load-bundle.ts'
import { type ExtraFile, type PinnedNode, type SavedBundle, saveBundle } from '../images/bundle/save-bundle.ts'
import { type Problem, verifyArchive } from '../images/bundle/verify-archive.ts'
import { imagesInNodes } from '../images/contents.ts'
import { loadImageLock } from '../images/lock.ts'
import { LICENCES } from '../images/packages/go-programs.ts'
import { licenceFiles } from '../images/packages/licences.ts'
import { resolvePlan } from '../images/packages/plan.ts'
import { writeSboms } from '../images/sbom/write-sboms.ts'
import type { ImageRecord, ImageSource, Provision } from '../images/source.ts'
import { pinnedNode } from '../launch/node.mjs'
import type { Operation } from '../provision/parts.ts'
import { inStep } from '../runner/step.ts'
import { thisMachine } from './this-machine.ts'

export interface SaveRequest {
  /** Absolute. */
  readonly file: string
  readonly force: boolean
  readonly labs: readonly Lab[]
  /** Whether only the images that these labs name go in. */
  readonly onlyTheirs: boolean
}

/** What `bundle verify` finds out. */
export interface BundleVerdict {
  readonly bytes: number
  readonly files: number
  readonly problems: readonly Problem[]
  readonly bundle?: BundleJson
  /** Why it cannot be used here, although nothing is wrong with it. */
  readonly unusable?: string
}

/** Makes what a bundle is to have, with one source, and writes it. */
export async function saveFrom(source: ImageSource, host: Host, request: SaveRequest, work: Operation): Promise<SavedBundle> {
  const { runner, root, emit, signal } = work
  const { labs, onlyTheirs, file, force } = request
  // What proves that volumes work, in every environment, is no lab and names an image too.
  const folders = [...labs.map(({ folder }) => folder), join(root, 'manifests', 'provisioner')]
  const labImages = onlyTheirs ? await imagesNamedIn(folders) : undefined
  const provision = await source.provide({ emit, signal, ...(labImages && { labImages }) })
  const references = await recordsOf(source, provision, labImages, work)
  const { version, platform } = thisMachine(host)
  return saveBundle(runner, {
    root,
    file,
    force,
    version,
    platform,
    provision,
    references,
    labs,
    labFolders: onlyTheirs ? labs.map(({ folder }) => relative(root, folder)) : undefined,
    pinnedNode: () => nodeFor(root, emit),
    extras: ({ folder }) => describeImages(provision, references, folder, work),
    emit,
    signal,
  })
}

/** @param needDocker gets Docker ready; called once the file is known to be good. */
export async function loadFrom(
  file: string,
  host: Host,
  { runner, emit, signal }: Operation,
  needDocker: () => Promise<void>,
): Promise<BundleJson> {
  const cacheFolder = join(stateFolder(), 'cache')
  const options = { cacheFolder, machine: thisMachine(host), needDocker, emit, signal }
  return (await loadArchive(runner, file, options)).bundle
}

export async function verify(file: string, host: Host, { emit, signal }: Operation): Promise<BundleVerdict> {
  return inStep(emit, { id: 'bundle-verify', title: 'Verify the bundle' }, async (progress) => {
    const { bytes, files, problems, bundle } = await verifyArchive(file, { signal, progress })
    const unusable = bundle && whyUnusable(bundle, thisMachine(host))
    const value = { bytes, files: files.size, problems, ...(bundle && { bundle }), ...(unusable !== undefined && { unusable }) }
    return { value, outcome: problems.length === 0 ? 'done' : 'failed', detail: `${files.size} files` }
  })
}

/** What is in the nodes, of all that the source has. */
async function recordsOf(
  source: ImageSource,
  { kubernetes }: Provision,
  labImages: ReadonlySet<string> | undefined,
  { root, signal }: Operation,
): Promise<ImageRecord[]> {
  const lock = await loadImageLock(lockFile(root), kubernetes)
  const inNodes = new Set(imagesInNodes(lock, labImages).flatMap(({ references }) => references))
  return (await source.records(signal)).filter(({ reference }) => inNodes.has(reference))
}

/** The launcher has errors of its own: it runs before anything is installed. */
async function nodeFor(root: string, emit: Emit): Promise<PinnedNode> {
  try {
    return await pinnedNode(root, (from) => emit({ type: 'note', level: 'info', text: `Node.js comes from ${from}` }))
  } catch (cause) {
    const { fix } = cause as { fix?: string }
    throw prerequisiteMissing(
      `Node.js cannot be put into the bundle: ${messageOf(cause)}`,
      fix ?? 'the same command again',
      cause,
    )
  }
}

/** What each image is made of, and the licences of what we compiled; as far as this machine can tell. */
async function describeImages(
  { source, nodeImage, nfsServerImage }: Provision,
  references: readonly ImageRecord[],
  folder: string,
  { runner, root, emit, signal }: Operation,
): Promise<ExtraFile[]> {
  const cacheFolder = join(stateFolder(), 'cache')
  const { goFolder } = await resolvePlan({ root, cacheFolder, lock: await loadImageLock(lockFile(root)) })
  const compiled =
    source === 'packages' ? await licenceFiles(runner, { module: join(root, 'images'), folder: goFolder, signal }) : []
  const named = [nodeImage, nfsServerImage].map((reference) => ({ reference, source, remake: '' }))
  const records = await Promise.all([...named, ...references].map((record) => withImage(record, runner, signal)))
  const licences = compiled.length > 0 ? { licences: join(goFolder, LICENCES) } : {}
  const sboms = await writeSboms(runner, { records, folder, cacheFolder, ...licences, emit, signal })
  const extra = async (path: string, file: string, what: string): Promise<ExtraFile> => ({
    ...(await diskFile(`bundle/${path}`, file)),
    executable: false,
    what,
  })
  return Promise.all([
    ...sboms.map((sbom) => extra(`sbom/${basename(sbom)}`, sbom, 'what an image is made of (CycloneDX)')),
    ...compiled.map(({ path, file }) => extra(path, file, 'a licence of what is in the images')),
  ])
}

/** A record with the image behind it, where this machine's Docker has that. */
async function withImage(record: ImageRecord, runner: Operation['runner'], signal: AbortSignal): Promise<ImageRecord> {
  const { reference, source, remake, digest } = record
  const image = await inspectImage(runner, digest ?? reference, signal)
  return { reference, source, remake, ...(image && { digest: image.id }) }
}

function lockFile(root: string): string {
  return join(root, 'manifests', 'images.lock.yaml')
}
