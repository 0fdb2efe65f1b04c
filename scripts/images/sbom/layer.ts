import { type GoBuildInfo, GoBuildInfoScanner } from './go-build-info.ts'
import { tarEntries } from './tar-entries.ts'

/** What a file tells about what an image is made of. */
export type Finding =
  | { readonly kind: 'dpkg' | 'apk' | 'os-release' | 'copyright'; readonly root: string; readonly text: string }
  | { readonly kind: 'go'; readonly root: string; readonly go: GoBuildInfo }

/** What a layer does to the path: it puts something there, or removes what layers below have there. */
export interface LayerChange {
  readonly path: string
  readonly change: 'put' | 'remove' | 'empty'
  readonly finding?: Finding
}

/**
 * Reads a layer, also one that a node keeps in its container store: what is found there belongs to the node as well.
 * @param root the place of the layer in a layer around it, ending in a slash; empty for one of the image itself.
 */
export async function readLayer(chunks: AsyncIterable<Buffer>, root = ''): Promise<LayerChange[]> {
  const changes: LayerChange[] = []
  for await (const { header, path, content } of tarEntries(chunks)) {
    const at = root + path.replace(/\/$/, '')
    const [, folder = '', marked] = /^(.*\/)?\.wh\.(.+)$/.exec(at) ?? []
    if (marked === '.wh..opq') changes.push({ path: folder.replace(/\/$/, ''), change: 'empty' })
    else if (marked !== undefined) changes.push({ path: folder + marked, change: 'remove' })
    else if (header.type !== 'directory') {
      const isFile = header.type === 'file' || header.type === 'contiguous-file'
      const isLayer = isFile && STORED_LAYER.test(path)
      const finding = isFile && !isLayer ? await readFinding(at, header.mode ?? 0, content) : undefined
      changes.push({ path: at, change: 'put', ...(finding && { finding }) })
      if (isLayer) changes.push(...(await readLayer(content, `${at}/`)))
    }
  }
  return changes
}

/** Where containerd keeps the layers of images that are not unpacked. */
const STORED_LAYER = /(^|\/)io\.containerd\.content\.v1\.content\/blobs\/sha256\/[0-9a-f]{64}$/
/** The file systems in a node image: of unpacked layers, and of layers that are packed. */
const ROOT = /^(?:.*\/(?:snapshots\/[^/]+\/fs|blobs\/sha256\/[0-9a-f]{64})\/)?/

const KINDS: readonly (readonly [kind: Exclude<Finding['kind'], 'go'>, path: RegExp])[] = [
  ['dpkg', /^var\/lib\/dpkg\/(status|status\.d\/[a-z0-9][a-z0-9.+-]*)$/],
  ['apk', /^(usr\/)?lib\/apk\/db\/installed$/],
  ['os-release', /^(etc|usr\/lib)\/os-release$/],
  ['copyright', /^usr\/share\/doc\/[^/]+\/copyright$/],
]
const MD5 = /\.md5sums$/
const EXECUTABLE = 0o111

async function readFinding(path: string, mode: number, content: AsyncIterable<Buffer>): Promise<Finding | undefined> {
  const root = ROOT.exec(path)?.[0] ?? ''
  const inside = path.slice(root.length)
  const kind = MD5.test(inside) ? undefined : KINDS.find(([, pattern]) => pattern.test(inside))?.[0]
  if (kind !== undefined) return { kind, root, text: await readText(content) }
  if ((mode & EXECUTABLE) === 0) return undefined
  const scanner = new GoBuildInfoScanner()
  for await (const chunk of content) scanner.push(chunk)
  return scanner.found && { kind: 'go', root, go: scanner.found }
}

async function readText(content: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
