import type { KubernetesObject, V1Secret } from '@kubernetes/client-node'
import { type Check, say } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { outputOf } from './pod.ts'
import { redisCli, redisIn } from './redis-cli.ts'

/** The Redis in a Pod answers those who know the password, and nobody else. */
export function redisNeedsPassword(pod: string): Check {
  return {
    id: `redis-needs-password/${pod}`,
    kind: 'observe',
    title: { en: `Redis in ${pod} wants a password`, zh: `${pod} 里的 Redis 需要密码` },
    async run(context) {
      const program = ['sh', '-c', 'unset REDISCLI_AUTH; exec redis-cli ping']
      const { text } = await outputOf(context, pod, program)
      const known = await redisCli(context, pod, ['PING'])
      return conclude(context, redisIn(context, pod), [
        fact('NOAUTH', text.startsWith('NOAUTH') ? 'NOAUTH' : text, kubectl(context, 'exec', pod, '--', ...program)),
        fact('PONG', known.text, known.command),
      ])
    },
  }
}

/** A password must not be a word that stands in every manifest. */
const MIN_LENGTH = 8

/** A Secret has a value that is in none of these objects: who may read them does not know it. It is never shown. */
export function secretStaysSecret(
  name: string,
  { key, notIn }: { readonly key: string; readonly notIn: readonly { readonly kind: string; readonly name: string }[] },
): Check {
  return {
    id: `secret-stays-secret/${name}/${key}`,
    kind: 'observe',
    title: {
      en: `Secret ${name} has ${key}, which stands nowhere else`,
      zh: `Secret ${name} 里有 ${key}，别处都没有写它`,
    },
    async run(context) {
      const { kube, namespace, signal } = context
      const secret = await kube.get<V1Secret>(refOf('Secret', name, namespace), signal)
      const encoded = secret?.data?.[key]
      const describe = kubectl(context, 'describe', 'secret', name)
      const value = Buffer.from(encoded ?? '', 'base64')
        .toString()
        .trim()
      const seen = secret
        ? say(context, { en: `${key}: ${value.length} characters`, zh: `${key}：${value.length} 个字符` })
        : say(context, { en: 'no such Secret', zh: '没有这个 Secret' })
      const expected = say(context, { en: `${key}: at least ${MIN_LENGTH} characters`, zh: `${key}：至少 ${MIN_LENGTH} 个字符` })
      const facts: Fact[] = [fact(expected, seen, describe, value.length >= MIN_LENGTH)]
      if (value.length < MIN_LENGTH) return conclude(context, `Secret ${name}`, facts)
      for (const object of notIn) {
        const found = await kube.get<KubernetesObject>(refOf(object.kind, object.name, namespace), signal)
        const label = `${object.kind} ${object.name}`
        const without = say(context, { en: `${label} without it`, zh: `${label} 里没有它` })
        const within = say(context, { en: `${label} has it in plain text`, zh: `${label} 里写着它的明文` })
        const none = say(context, { en: `no ${label}`, zh: `没有 ${label}` })
        const observed = found === undefined ? none : wordsOf(found).has(value) ? within : without
        facts.push(fact(without, observed, kubectl(context, 'get', object.kind.toLowerCase(), object.name, '-o', 'yaml')))
      }
      return conclude(context, `Secret ${name}`, facts)
    },
  }
}

/** What stands in an object, word by word: a password may be given in a sentence of a script. */
function wordsOf(object: unknown): ReadonlySet<string> {
  const words = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value === 'string') for (const word of [value, ...value.split(/[\s"'`=:,;\\]+/)]) words.add(word)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit)
  }
  visit(object)
  return words
}
