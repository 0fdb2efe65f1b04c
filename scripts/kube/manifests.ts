import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubernetesObject } from '@kubernetes/client-node'
import { type Document, parseAllDocuments, type ScalarTag } from 'yaml'
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
  const objects: KubernetesObject[] = []
  for (const document of parseAllDocuments(text, { customTags: (tags) => [OCTAL, ...tags] })) {
    const [error] = document.errors
    if (error) throw invalid(`${source}: ${error.message.split('\n')[0]?.replace(/:$/, '')}`, error)
    const value = toValue(document, source)
    if (value === null) continue
    objects.push(...(isList(value) ? value.items : [value]).map((object) => kubernetesObject(object, source)))
  }
  return objects
}

/** `defaultMode: 0400` is octal for kubectl, as in YAML 1.1; in YAML 1.2 it would be four hundred. */
const OCTAL: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^0[0-7]+$/,
  resolve: (digits) => Number.parseInt(digits, 8),
}

function toValue(document: Document, source: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (error) {
    throw invalid(`${source}: ${messageOf(error)}`, error)
  }
}

/** No honest manifest repeats itself more often; a "billion laughs" file does. */
const MAX_ALIASES = 50

function isList(value: unknown): value is { items: unknown[] } {
  const { kind, items } = value as { kind?: unknown; items?: unknown }
  return kind === 'List' && Array.isArray(items)
}

function kubernetesObject(value: unknown, source: string): KubernetesObject {
  const object = value as KubernetesObject | null
  for (const field of ['apiVersion', 'kind'] as const) {
    if (typeof object?.[field] !== 'string') throw invalid(`${source}: an object without ${field}`)
  }
  if (typeof object?.metadata?.name !== 'string') throw invalid(`${source}: a ${object?.kind} without metadata.name`)
  return object
}

function invalid(message: string, cause?: unknown): StatelabError {
  return new StatelabError('bad-input', message, { cause })
}
