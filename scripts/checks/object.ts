import { isDeepStrictEqual } from 'node:util'
import type { KubernetesObject } from '@kubernetes/client-node'
import type { Check } from './check.ts'
import { conclude, fact, kubectl } from './facts.ts'
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
  const suffix = wanted.length === 0 ? 'exists' : `has ${wanted.map(([path, value]) => `${path} ${show(value)}`).join(', ')}`
  return {
    id: `object/${kind}/${name}${options.namespace === undefined ? '' : `/${options.namespace}`}${wanted.map(([path]) => `/${path}`).join('')}`,
    kind: 'observe',
    title: `${kind} ${name} ${suffix}`,
    async run(context) {
      const namespace = options.namespace ?? context.namespace
      const object = await context.kube.get<KubernetesObject>(refOf(kind, name, namespace), context.signal)
      const command = (...output: string[]): string => kubectl({ namespace }, 'get', kind.toLowerCase(), name, ...output)
      const exists = fact(`${kind} ${name}`, object ? `${kind} ${name}` : 'none', command())
      if (!object || wanted.length === 0) return conclude(`${kind} ${name}`, [exists])
      return conclude(
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
    title: `not: ${check.title}`,
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
    title: checks.map(({ title }) => title).join('; '),
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
