import type { Text } from '../text.ts'
import { type CheckContext, say } from './check.ts'
import { type Fact, fact, kubectl } from './facts.ts'
import type { PodMoment } from './pod-record.ts'

/**
 * Of a history (`recordPods`): these Pods were made, each only once the one before it was ready.
 * @param ordinals which Pods had to be made, in any order.
 */
export function createdInOrder(context: CheckContext, moments: readonly PodMoment[], ordinals: readonly number[]): Fact {
  const expected = say(context, {
    en: `${namesOf(ordinals)} made in order, each once the one before was ready`,
    zh: `${namesOf(ordinals)} 按顺序创建，前一个就绪才创建下一个`,
  })
  // A StatefulSet may begin with another number than 0 (`spec.ordinals.start`).
  const first = Math.min(...ordinals, ...moments.map(({ ordinal }) => ordinal))
  return judged(context, { moments, ordinals, to: 'created', expected }, ({ ordinal, what }, standing) => {
    if (what === 'ready') return ordinals.includes(ordinal) ? IN_ORDER : undefined
    if (what !== 'created') return undefined
    const unready = range(first, ordinal).find((before) => !standing.hasBeenReady(before))
    return unready === undefined ? IN_ORDER : { fault: { en: `, -${unready} not ready`, zh: `，而 -${unready} 没有就绪` } }
  })
}

/**
 * Of a history: these Pods were ended from the highest downwards, each only once those above it were gone.
 * @param ordinals which Pods had to be ended.
 */
export function removedInOrder(context: CheckContext, moments: readonly PodMoment[], ordinals: readonly number[]): Fact {
  const expected = say(context, {
    en: `${namesOf([...ordinals].sort((a, b) => b - a))} ended from the highest, one at a time`,
    zh: `${namesOf([...ordinals].sort((a, b) => b - a))} 从序号最大的开始，一个一个结束`,
  })
  return judged(context, { moments, ordinals, to: 'gone', expected }, ({ ordinal, what }, standing) => {
    if (what === 'gone') return IN_ORDER
    if (what !== 'ending') return undefined
    const above = standing.present.find((other) => other > ordinal)
    return above === undefined ? IN_ORDER : { fault: { en: `, -${above} still there`, zh: `，而 -${above} 还在` } }
  })
}

/**
 * Of a history: these Pods were replaced from the highest downwards, one at a time; each was only ended while all the
 * others were ready.
 * @param ordinals which Pods had to be replaced. Any other that was is a fault.
 */
export function replacedInOrder(context: CheckContext, moments: readonly PodMoment[], ordinals: readonly number[]): Fact {
  const expected = say(context, {
    en: `${namesOf([...ordinals].sort((a, b) => b - a))} replaced from the highest, one at a time`,
    zh: `${namesOf([...ordinals].sort((a, b) => b - a))} 从序号最大的开始，一个一个替换`,
  })
  let last = Number.POSITIVE_INFINITY
  return judged(context, { moments, ordinals, to: 'created', expected }, ({ ordinal, what }, standing) => {
    if (what === 'ready') return last < Number.POSITIVE_INFINITY ? IN_ORDER : undefined
    if (what !== 'ending') return undefined
    const busy = standing.present.find((other) => other !== ordinal && !standing.hasBeenReady(other))
    const held = busy ?? standing.away.find((other) => other !== ordinal)
    const outOfTurn = !ordinals.includes(ordinal) || ordinal >= last
    last = ordinal
    if (outOfTurn) return { fault: { en: '', zh: '' } }
    return held === undefined ? IN_ORDER : { fault: { en: `, -${held} not ready`, zh: `，而 -${held} 没有就绪` } }
  })
}

/** Of a history: of no name there were two Pods at the same time. The next is made once the one before is gone from the API. */
export function neverTwice(context: CheckContext, moments: readonly PodMoment[]): Fact {
  const seen: string[] = []
  const wrong: string[] = []
  const living = new Map<string, string>()
  for (const moment of moments) {
    const { pod, uid, what } = moment
    const twin = living.get(pod)
    if (twin !== undefined && twin !== uid) wrong.push(`${timed(context, moment)} (UID ${uid}, ${twin})`)
    if (what === 'gone') living.delete(pod)
    else living.set(pod, uid)
    if (what === 'gone' || what === 'created') seen.push(timed(context, moment))
  }
  const expected = say(context, { en: 'never two Pods of one name', zh: '从来没有两个同名的 Pod' })
  return told(context, expected, seen.length > 0 ? seen : [expected], wrong)
}

interface History {
  readonly moments: readonly PodMoment[]
  readonly ordinals: readonly number[]
  /** What all of these Pods must have become. */
  readonly to: 'created' | 'gone'
  readonly expected: string
}

/** Of a moment that matters: whether it came in order, or what stood in its way. */
type Judgement = typeof IN_ORDER | { readonly fault: Text }

const IN_ORDER = { fault: undefined }

/** Goes through a history, and judges each moment by how the Pods stood before it. */
function judged(
  context: CheckContext,
  { moments, ordinals, to, expected }: History,
  judge: (moment: PodMoment, standing: Standing) => Judgement | undefined,
): Fact {
  const seen: string[] = []
  const wrong: string[] = missing(context, moments, ordinals, to)
  const standing = new Standing()
  for (const moment of moments) {
    const judgement = judge(moment, standing)
    if (judgement?.fault) wrong.push(`${timed(context, moment)}${say(context, judgement.fault)}`)
    else if (judgement) seen.push(timed(context, moment))
    standing.follow(moment)
  }
  return told(context, expected, seen, wrong)
}

/** The Pods as they stand at one moment of a history. */
class Standing {
  readonly #there = new Map<number, { uid: string; ready: boolean; ending: boolean }>()
  readonly #away = new Set<number>()

  get present(): number[] {
    return [...this.#there.keys()]
  }

  /** Those that were there and are not. */
  get away(): number[] {
    return [...this.#away]
  }

  /**
   * Whether the Pod has been ready since it was made, and is not ending. Not whether it is at this very moment: a probe
   * that comes late on a busy machine makes a Pod unready for a second, after the controller has decided.
   */
  hasBeenReady(ordinal: number): boolean {
    const pod = this.#there.get(ordinal)
    return pod?.ready === true && !pod.ending
  }

  follow({ ordinal, uid, what }: PodMoment): void {
    const pod = this.#there.get(ordinal)
    if (what === 'there' || what === 'created') {
      this.#there.set(ordinal, { uid, ready: false, ending: false })
      this.#away.delete(ordinal)
    } else if (pod?.uid !== uid) return
    else if (what === 'ready') pod.ready = true
    else if (what === 'ending') pod.ending = true
    else if (what === 'gone') {
      this.#there.delete(ordinal)
      this.#away.add(ordinal)
    }
  }
}

function range(from: number, before: number): number[] {
  return Array.from({ length: before - from }, (_, index) => from + index)
}

function missing(
  context: CheckContext,
  moments: readonly PodMoment[],
  ordinals: readonly number[],
  what: 'created' | 'gone',
): string[] {
  const absent = ordinals.filter((ordinal) => !moments.some((moment) => moment.ordinal === ordinal && moment.what === what))
  if (absent.length === 0) return []
  return [
    what === 'created'
      ? say(context, { en: `${namesOf(absent)} not made`, zh: `${namesOf(absent)} 没有创建` })
      : say(context, { en: `${namesOf(absent)} not gone`, zh: `${namesOf(absent)} 没有消失` }),
  ]
}

const WORDS = {
  there: { en: 'there', zh: '已存在' },
  created: { en: 'created', zh: '创建' },
  ready: { en: 'ready', zh: '就绪' },
  unready: { en: 'not ready', zh: '未就绪' },
  ending: { en: 'ending', zh: '开始结束' },
  gone: { en: 'gone', zh: '消失' },
} as const

/** A moment for a person: `-1 created 09:30:01.250`. */
export function timed(context: CheckContext, { ordinal, what, at }: PodMoment): string {
  return `-${ordinal} ${say(context, WORDS[what])} ${at.toISOString().slice(11, 23)}`
}

function told(context: CheckContext, expected: string, seen: readonly string[], wrong: readonly string[]): Fact {
  const command = kubectl(context, 'get', 'pods', '--watch', '--output-watch-events')
  return fact(expected, (wrong.length > 0 ? wrong : seen).join(', '), command, wrong.length === 0)
}

function namesOf(ordinals: readonly number[]): string {
  return ordinals.map((ordinal) => `-${ordinal}`).join(', ')
}
