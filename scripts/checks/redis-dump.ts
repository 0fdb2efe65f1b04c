import type { V1Pod } from '@kubernetes/client-node'
import type { ExportEntry } from '../nfs/export-view.ts'
import { type CheckContext, type Finding, say } from './check.ts'
import { latin1 } from './export-file.ts'
import { directoryOf } from './export-place.ts'
import { conclude, fact } from './facts.ts'
import { refOf } from './kinds.ts'
import { redisCli } from './redis-cli.ts'

export interface Stored {
  readonly pod: string
  readonly key: string
  readonly value: string
  readonly moment: Date
}

/**
 * Proves that the pair was saved before a moment: Redis keeps its dump in a directory that is a claim on the export, and
 * the dump there is older than the moment and holds the pair.
 */
export async function inDumpBefore(context: CheckContext, { pod, key, value, moment }: Stored): Promise<Finding | undefined> {
  const encoded = encode(key, value)
  if (encoded === undefined) return undefined
  const dump = await dumpOf(context, pod)
  const { path, file, entry } = dump ?? {}
  if (path === undefined || !entry || entry.modifiedAt >= moment) return undefined
  if (!(await context.export.read(path, context.signal))?.includes(encoded)) return undefined
  const [from, before] = [entry.modifiedAt.toISOString(), moment.toISOString()]
  const observed = say(context, {
    en: `${file} of ${from} holds ${key} = "${value}"`,
    zh: `${from} 的 ${file} 里有 ${key} = "${value}"`,
  })
  const expected = say(context, { en: `${file} from before ${before}`, zh: `${before} 之前的 ${file}` })
  return conclude(context, path, [fact(expected, observed, context.export.command(path), true)])
}

/** The dump of a Redis, on the server. */
export interface Dump {
  readonly file: string
  /** In the export. */
  readonly path: string
  /** Absent while there is no dump. */
  readonly entry: ExportEntry | undefined
}

/** @returns where the Redis in a Pod keeps its dump; `undefined` when that is no claim on the export, or Redis does not say. */
export async function dumpOf(context: CheckContext, pod: string): Promise<Dump | undefined> {
  const [folder, file] = await Promise.all([configOf(context, pod, 'dir'), configOf(context, pod, 'dbfilename')])
  const claim = claimAt(await context.kube.get<V1Pod>(refOf('Pod', pod, context.namespace), context.signal), folder)
  if (claim === undefined || file === undefined) return undefined
  const found = await directoryOf(context, claim)
  if ('missing' in found) return undefined
  const entry = (await context.export.list(found.directory, context.signal))?.find(({ name }) => name === file)
  return { file, path: `${found.directory}/${file}`, entry }
}

/** One value of a Redis' configuration; `undefined` when there is no answer. */
export async function configOf(context: CheckContext, pod: string, name: string): Promise<string | undefined> {
  const { answered, text } = await redisCli(context, pod, ['CONFIG', 'GET', name])
  return answered ? text.split('\n')[1] : undefined
}

/** A short string pair as an RDB file holds it: each text after its length. Numbers and long texts are packed: no proof. */
function encode(key: string, value: string): string | undefined {
  const [k, v] = [latin1(key), latin1(value)]
  if (k.length > 63 || v.length > 20 || v === '' || /^-?\d+$/.test(v)) return undefined
  return `${String.fromCharCode(k.length)}${k}${String.fromCharCode(v.length)}${v}`
}

/** The claim that a Pod's first container mounts at a path. */
function claimAt(pod: V1Pod | undefined, path: string | undefined): string | undefined {
  const mount = pod?.spec?.containers[0]?.volumeMounts?.find(
    ({ mountPath, subPath }) => mountPath.replace(/\/+$/, '') === path && !subPath,
  )
  return pod?.spec?.volumes?.find(({ name }) => name === mount?.name)?.persistentVolumeClaim?.claimName
}
