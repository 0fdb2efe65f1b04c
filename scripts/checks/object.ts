import { isDeepStrictEqual } from 'node:util'
import type { KubernetesObject } from '@kubernetes/client-node'
import { type Check, say } from './check.ts'
import { conclude, fact, kubectlFor } from './facts.ts'
import { refOf } from './kinds.ts'

/** A value as a manifest has it. */
export type FieldValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly FieldValue[]
  | { readonly [key: string]: FieldValue }

/**
 * An object exists and has these fields. The most general check: prefer one that says more when there is one.
 * @param kind such as `Service`; see `kinds.ts`.
 * @param fields by path, such as `spec.clusterIP` or `spec.template.spec.containers[0].image`; `undefined` means absent.
 *   None: the object only has to exist.
 * @param options.namespace default: the lab's.
 */
export function objectHas(
  kind: string,
  name: string,
  fields: Readonly<Record<string, FieldValue>> = {},
  options: { readonly namespace?: string } = {},
): Check {
  const wanted = Object.entries(fields)
  const listed = wanted.map(([path, value]) => `${path} ${show(value)}`).join(', ')
  return {
    id: `object/${kind}/${name}${options.namespace === undefined ? '' : `/${options.namespace}`}${wanted.map(([path]) => `/${path}`).join('')}`,
    kind: 'observe',
    title: {
      en: `${kind} ${name} ${listed === '' ? 'exists' : `has ${listed}`}`,
      zh: `${kind} ${name} ${listed === '' ? '存在' : `的 ${listed}`}`,
    },
    async run(context) {
      const ref = refOf(kind, name, options.namespace ?? context.namespace)
      const object = await context.kube.get<KubernetesObject>(ref, context.signal)
      const command = (...output: string[]): string => kubectlFor(ref, 'get', kind.toLowerCase(), name, ...output)
      const exists = fact(`${kind} ${name}`, object ? `${kind} ${name}` : say(context, { en: 'none', zh: '没有' }), command())
      if (!object || wanted.length === 0) return conclude(context, `${kind} ${name}`, [exists])
      return conclude(
        context,
        `${kind} ${name}`,
        wanted.map(([path, value]) => {
          const seen = fieldOf(object, path)
          const at = command('-o', `jsonpath={.${path}}`)
          return fact(`${path} ${show(value)}`, `${path} ${show(seen)}`, at, isDeepStrictEqual(seen, value))
        }),
      )
    },
  }
}

/** Turns a check round: for hints, whose condition is often that something is not so. */
export function not(check: Check): Check {
  return {
    id: `not/${check.id}`,
    kind: check.kind,
    title: { en: `not: ${check.title.en}`, zh: `并非：${check.title.zh}` },
    async run(context) {
      const finding = await check.run(context)
      return { ...finding, met: !finding.met }
    },
  }
}

/** All of several checks, as one: what a disturbance must leave standing together. Stops at the first that is unmet. */
export function allOf(...checks: readonly Check[]): Check {
  return {
    id: checks.map(({ id }) => id).join('+'),
    kind: checks.some(({ kind }) => kind === 'probe') ? 'probe' : 'observe',
    title: {
      en: checks.map(({ title }) => title.en).join('; '),
      zh: checks.map(({ title }) => title.zh).join('；'),
    },
    async run(context) {
      const findings = []
      for (const check of checks) {
        const finding = await check.run(context)
        findings.push(finding)
        if (!finding.met) return { ...finding, evidence: findings.flatMap(({ evidence }) => evidence) }
      }
      const message = findings.map((finding) => finding.message).join('; ')
      return { met: true, message, evidence: findings.flatMap(({ evidence }) => evidence) }
    },
  }
}

/** The value at a path such as `spec.ports[0].port`; `undefined` where the path ends early. */
export function fieldOf(object: object, path: string): unknown {
  let value: unknown = object
  for (const step of path.split(/\.|\[(\d+)\]\.?/).filter((part) => part !== undefined && part !== '')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[step]
  }
  return value
}

function show(value: unknown): string {
  if (value === undefined) return 'absent'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
