import { type Check, say } from './check.ts'
import { conclude, fact, kubectl } from './facts.ts'
import { outputOf } from './pod.ts'
import type { Lasting } from './survives.ts'

export interface PodFile {
  /** Absolute path in the container. */
  readonly path: string
  /** Default: the first one. */
  readonly container?: string
}

/** A container sees a file with this text in it. */
export function podFile(pod: string, file: PodFile & { readonly contains: string }): Lasting {
  const { path, contains } = file
  const place = placeOf(pod, file)
  return {
    id: `pod-file/${keyOf(pod, file)}`,
    kind: 'observe',
    title: { en: `${place} has ${path} with "${contains}" in it`, zh: `${place} 里有 ${path}，其中有 "${contains}"` },
    async run(context) {
      const { answered, text } = await outputOf(context, pod, ['cat', path], file)
      const holds = answered && text.includes(contains)
      const expected = `"${contains}"`
      const observed = holds ? expected : answered ? JSON.stringify(text.slice(0, SHOWN)) : text
      return conclude(context, place, [fact(expected, observed, kubectl(context, ...execArgs(pod, file), 'cat', path), holds)])
    },
    async provenSince(context, moment) {
      const command = ['stat', '-c', '%Y', path]
      const { answered, text } = await outputOf(context, pod, command, file)
      const written = new Date(Number(text) * 1_000)
      // Whole seconds: a file of the same second may be the younger one.
      if (!answered || !(written.getTime() + 1_000 <= moment.getTime())) return undefined
      return conclude(context, path, [
        fact(
          say(context, { en: `written before ${moment.toISOString()}`, zh: `写于 ${moment.toISOString()} 之前` }),
          say(context, { en: `written ${written.toISOString()}`, zh: `写于 ${written.toISOString()}` }),
          kubectl(context, ...execArgs(pod, file), ...command),
          true,
        ),
      ])
    },
  }
}

/** The opposite: a container that runs sees no such file. */
export function noPodFile(pod: string, file: PodFile): Check {
  const { path } = file
  const place = placeOf(pod, file)
  return {
    id: `no-pod-file/${keyOf(pod, file)}`,
    kind: 'observe',
    title: { en: `${place} has no ${path}`, zh: `${place} 里没有 ${path}` },
    async run(context) {
      const { answered, text } = await outputOf(context, pod, ['ls', path], file)
      const absent = !answered && /No such file/.test(text)
      const none = say(context, { en: `no ${path}`, zh: `没有 ${path}` })
      const finding = conclude(context, place, [
        fact(none, absent ? none : text, kubectl(context, ...execArgs(pod, file), 'ls', path), absent),
      ])
      // A file that is there does not go away by itself.
      return { ...finding, settled: answered }
    },
  }
}

const SHOWN = 100

function execArgs(pod: string, { container }: PodFile): string[] {
  return ['exec', pod, ...(container === undefined ? [] : ['-c', container]), '--']
}

function placeOf(pod: string, { container }: PodFile): string {
  return container === undefined ? `Pod ${pod}` : `Pod ${pod} (${container})`
}

function keyOf(pod: string, { container, path }: PodFile): string {
  return `${pod}${container === undefined ? '' : `/${container}`}${path}`
}
