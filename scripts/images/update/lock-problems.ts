import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fullReference, parseReference } from '../image-reference.ts'
import { type ImageLock, loadImageLock } from '../lock.ts'
import { aptPackages } from './apt-packages.ts'

/**
 * Compares the image lock file with what it is about: build contexts, the Go module, and what labs and manifests name.
 * Reads files only.
 * @param root the project's folder.
 * @returns a sentence for each thing that is out of step.
 */
export async function lockProblems(root: string): Promise<string[]> {
  const lock = await loadImageLock(join(root, 'manifests', 'images.lock.yaml'))
  const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8')
  const dockerfiles = globSync('images/**/Dockerfile', { cwd: root }).sort()
  const contexts = dockerfiles.map((file) => dirname(file).split(/[/\\]/).slice(1).join('/'))
  const named = new Set((await Promise.all(dockerfiles.map(read))).flatMap(aptPackages))
  const manifests = globSync(['labs/**/*.yaml', 'manifests/**/*.yaml'], { cwd: root })
  const used = await Promise.all(
    manifests.sort().map(async (file) => imagesIn(await read(file)).map((image) => ({ file, image }))),
  )
  return [
    ...contextProblems(lock, contexts),
    ...packageProblems(lock, named),
    ...versionProblems(lock, await read('images/go.mod')),
    ...upstreamProblems(lock),
    ...referenceProblems(lock, used.flat()),
  ]
}

/** Build contexts of what no manifest names: what others are built on, and what runs outside of the nodes. */
const NOT_NAMED: ReadonlySet<string> = new Set(['debian', 'nfs-mount', 'nfs-server', 'node', 'node-upstream'])

function contextProblems({ images }: ImageLock, contexts: readonly string[]): string[] {
  const locked = images.map(({ context }) => context)
  return [
    ...contexts
      .filter((context) => !locked.includes(context) && !NOT_NAMED.has(context))
      .map((context) => `images/${context} has a Dockerfile and is not in the lock file`),
    ...locked.filter((context) => !contexts.includes(context)).map((context) => `images/${context} has no Dockerfile`),
  ]
}

function packageProblems({ debian }: ImageLock, named: ReadonlySet<string>): string[] {
  const locked = Object.keys(debian.packages ?? {})
  return [
    ...[...named]
      .filter((name) => !locked.includes(name))
      .map((name) => `a Dockerfile installs ${name}, which debian.packages does not have`),
    ...locked.filter((name) => !named.has(name)).map((name) => `no Dockerfile installs ${name} of debian.packages`),
  ]
}

function versionProblems({ kubernetes, kind, images }: ImageLock, goMod: string): string[] {
  const versionIn = (context: string): string | undefined => images.find((image) => image.context === context)?.version
  const etcd = images.flatMap(({ references }) => references).find((reference) => reference.includes('/etcd:'))
  const pairs: readonly (readonly [module: string, locked: string | undefined])[] = [
    ['k8s.io/kubernetes', kubernetes.default],
    ['sigs.k8s.io/kind', kind.version],
    ['sigs.k8s.io/metrics-server', versionIn('metrics-server')],
    ['github.com/coredns/coredns', versionIn('coredns')],
    // The image has a revision of its own behind the version.
    ['go.etcd.io/etcd/server/v3', etcd && `v${parseReference(etcd).tag.replace(/-\d+$/, '')}`],
  ]
  return pairs.flatMap(([module, locked]) => {
    const required = requiredVersion(goMod, module)
    return required === locked
      ? []
      : [`images/go.mod has ${module} at ${required ?? 'no version'}, the lock file at ${locked ?? 'none'}`]
  })
}

function upstreamProblems({ images }: ImageLock): string[] {
  return images.flatMap(({ context, version, upstream }) =>
    upstream === undefined || parseReference(upstream.reference).tag === version
      ? []
      : [`${context} is ${version ?? 'of no version'} in the lock file, its upstream is ${upstream.reference}`],
  )
}

/** What is not there on purpose, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'docker.io/library/redis:7.0-typo': 'a lab is about an image that does not exist',
  'docker.io/statelab/nfs-subdir-external-provisioner:v4': 'the image source says which one it is',
}

function referenceProblems({ images }: ImageLock, used: readonly { readonly file: string; readonly image: string }[]): string[] {
  const references = new Set(images.flatMap((image) => image.references))
  return used
    .filter(({ image }) => !references.has(fullReference(image)) && EXCEPTIONS[fullReference(image)] === undefined)
    .map(({ file, image }) => `${file} names ${image}, which is no reference of the lock file`)
}

function imagesIn(manifest: string): string[] {
  return [...manifest.matchAll(/^[\s-]*image: *["']?([^\s"'#]+)/gm)].map(([, image = '']) => image)
}

function requiredVersion(goMod: string, module: string): string | undefined {
  const words = goMod.split('\n').map((line) => line.trim().split(' '))
  return words.find(([path, version]) => path === module && version?.startsWith('v'))?.[1]
}
