import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubernetesObject } from '@kubernetes/client-node'
import { type Document, isNode, LineCounter, parseAllDocuments, type ScalarTag } from 'yaml'
import { messageOf, StatelabError } from '../errors.ts'

/**
 * Reads all documents of a YAML file; a `List` is taken apart.
 * @throws {StatelabError} `bad-input` with file and line when it is not YAML, or a document is no Kubernetes object.
 */
export async function loadManifest(file: string): Promise<KubernetesObject[]> {
  return parseManifest(await readFile(file, 'utf8'), file)
}

/** Reads every `*.yaml` and `*.yml` of a folder, in the order of their names. A folder that is not there holds nothing. */
export async function loadManifests(folder: string): Promise<KubernetesObject[]> {
  const names = await readdir(folder).catch(() => [])
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort()
  return (await Promise.all(files.map((name) => loadManifest(join(folder, name))))).flat()
}

/** @param source what to call the text in messages: its file. */
export function parseManifest(text: string, source: string): KubernetesObject[] {
  const lines = new LineCounter()
  const at = (offset: number): string => `${source}:${lines.linePos(offset).line}`
  const objects: KubernetesObject[] = []
  for (const document of parseAllDocuments(text, { customTags: (tags) => [OCTAL, ...tags], lineCounter: lines })) {
    const [error] = document.errors
    if (error) throw invalid(`${at(error.pos[0])}: ${withoutPlace(error.message)}`, error)
    const place = at(document.contents?.range?.[0] ?? 0)
    const value = toValue(document, place)
    if (value === null) continue
    if (!isList(value)) objects.push(kubernetesObject(value, place))
    else objects.push(...value.items.map((item, index) => kubernetesObject(item, at(offsetOf(document, ['items', index])))))
  }
  return objects
}

function offsetOf(document: Document, path: readonly (string | number)[]): number {
  const node = document.getIn(path, true)
  return isNode(node) ? (node.range?.[0] ?? 0) : 0
}

/** The parser's message without its place and without the excerpt below it. */
function withoutPlace(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '')
}

/** `defaultMode: 0400` is octal for kubectl, as in YAML 1.1; in YAML 1.2 it would be four hundred. */
const OCTAL: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^0[0-7]+$/,
  resolve: (digits) => Number.parseInt(digits, 8),
}

function toValue(document: Document, place: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (error) {
    throw invalid(`${place}: ${messageOf(error)}`, error)
  }
}

/** No honest manifest repeats itself more often; a "billion laughs" file does. */
const MAX_ALIASES = 50

function isList(value: unknown): value is { items: unknown[] } {
  const { kind, items } = value as { kind?: unknown; items?: unknown }
  return kind === 'List' && Array.isArray(items)
}

function kubernetesObject(value: unknown, place: string): KubernetesObject {
  const object = value as KubernetesObject | null
  for (const field of ['apiVersion', 'kind'] as const) {
    if (typeof object?.[field] !== 'string') throw invalid(`${place}: an object without ${field}`)
  }
  if (typeof object?.metadata?.name !== 'string') throw invalid(`${place}: a ${object?.kind} without metadata.name`)
  return object
}

function invalid(message: string, cause?: unknown): StatelabError {
  return new StatelabError('bad-input', message, { cause })
}
