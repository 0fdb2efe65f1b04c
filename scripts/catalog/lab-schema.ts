import { z } from 'zod'
import { refOf } from '../checks/kinds.ts'
import { parseVersionRange } from './kubernetes-range.ts'
import type { LabDefinition } from './lab.ts'

const id = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'expected lower-case letters, digits and hyphens')
  .max(40)
const words = z.string().trim().min(1, 'expected a text, found an empty one')
const text = z.strictObject({ en: words, zh: words })

const check = z.custom<{ id: string; kind: string }>((value) => {
  const { id, kind, title, run } = (value ?? {}) as Record<string, unknown>
  return (
    typeof id === 'string' &&
    text.safeParse(title).success &&
    typeof run === 'function' &&
    (kind === 'observe' || kind === 'probe')
  )
}, 'expected a check, such as pvcBound(…)')
const observation = check.refine((value) => value.kind === 'observe', 'expected a check that only observes, found a probe')

const file = words.refine((path) => !/^\/|\\|(^|\/)\.\.(\/|$)/.test(path), 'expected a file inside the folder')
const kind = words.refine((value) => isKind(value), {
  error: ({ input }) => `expected a kind that labs know, found ${JSON.stringify(input)}`,
})

const stepShape = {
  why: text,
  task: id.optional(),
  variant: id.optional(),
  until: check.optional(),
  refused: z.instanceof(RegExp, { error: 'expected a regular expression' }).optional(),
}
const node = z.enum(['control-plane', 'worker'])
const flag = z.boolean().optional()
const program = z.array(words).min(1)
const step = z.union(
  [
    z.strictObject({ ...stepShape, apply: file }),
    z.strictObject({ ...stepShape, exec: z.strictObject({ pod: words, container: words.optional(), command: program }) }),
    z.strictObject({
      ...stepShape,
      delete: z.strictObject({ kind, name: words, force: flag, orphan: flag, wait: flag }),
    }),
    z.strictObject({ ...stepShape, patch: z.strictObject({ kind, name: words, patch: z.looseObject({}) }) }),
    z.strictObject({
      ...stepShape,
      scale: z.strictObject({ kind: z.enum(['StatefulSet', 'Deployment']), name: words, replicas: z.number().int().min(0) }),
    }),
    z.strictObject({ ...stepShape, onNode: z.strictObject({ node, command: program }) }),
    z.strictObject({ ...stepShape, onServer: z.strictObject({ command: program }) }),
    z.strictObject({ ...stepShape, power: z.strictObject({ node, action: z.enum(['stop', 'start']) }) }),
  ],
  { error: 'expected a step: why, and one of apply, exec, delete, patch, scale, onNode, onServer, power' },
)

const task = z.strictObject({
  id,
  title: text,
  checks: z.array(check).min(1, 'expected at least one check'),
  hints: z.array(z.strictObject({ when: observation.optional(), text })).min(1, 'expected at least one hint'),
  learned: text.optional(),
})

const lab = z.strictObject({
  id,
  track: id,
  minutes: z.number().int().min(1).max(240),
  kubernetes: z.string().refine((range) => parseVersionRange(range) !== undefined, 'expected a range such as ">=1.27"'),
  title: text,
  requires: z.strictObject({ nodes: z.number().int().min(1).optional(), features: z.array(words).optional() }).optional(),
  owns: z
    .strictObject({
      objects: z.array(z.strictObject({ kind, name: words })).optional(),
      nodePaths: z
        .array(z.string().regex(/^\/(tmp|mnt)\/[-.\w]+(\/[-.\w]+)*\/?$/, 'expected a path below /tmp or /mnt'))
        .optional(),
      exportDirectories: z.array(z.string().regex(/^[a-z0-9][-.a-z0-9]*$/, 'expected the name of a directory')).optional(),
    })
    .optional(),
  exclusive: flag,
  podSecurity: z.enum(['baseline', 'privileged']).optional(),
  variants: z.array(id).min(2, 'expected at least two variants').optional(),
  tasks: z.array(task).min(1, 'expected at least one task'),
  solution: z.array(step).min(1, 'expected at least one step'),
  wrong: z.array(
    z.strictObject({ id, refusedBy: id, variant: id.optional(), steps: z.array(step).min(1, 'expected at least one step') }),
  ),
})

/** What is wrong with the shape of what a `lab.ts` exports: one `field: expected …, found …` for each fault. */
export function shapeProblems(value: unknown): string[] {
  const result = lab.safeParse(value)
  if (result.success) return []
  return result.error.issues.flatMap((issue) => {
    const path = issue.path
      .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
      .join('')
      .replace(/^\./, '')
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${path ? `${path}.` : ''}${key}: unknown field`)
    return `${path || 'default export'}: ${sentence(issue, valueAt(value, issue.path))}`
  })
}

/** What is wrong between the parts of a lab whose shape is right: ids used twice, tasks that are named but not there. */
export function referenceProblems({ tasks, solution, wrong, variants = [] }: LabDefinition): string[] {
  const ids = tasks.map((entry) => entry.id)
  const known = `expected one of ${ids.join(', ')}`
  return [
    ...repeated(ids).map((name) => `tasks: ${JSON.stringify(name)} is the id of two tasks`),
    ...repeated(wrong.map((entry) => entry.id)).map((name) => `wrong: ${JSON.stringify(name)} is the id of two wrong solutions`),
    ...tasks.flatMap(({ checks }, index) =>
      repeated(checks.map((entry) => entry.id)).map((name) => `tasks[${index}].checks: ${JSON.stringify(name)} is there twice`),
    ),
    ...solution.flatMap((entry, index) =>
      entry.task === undefined || ids.includes(entry.task)
        ? []
        : `solution[${index}].task: ${known}, found ${JSON.stringify(entry.task)}`,
    ),
    ...[
      ...solution.map((entry, index) => [`solution[${index}]`, entry] as const),
      ...wrong.map((entry, index) => [`wrong[${index}]`, entry] as const),
    ].flatMap(([at, { variant }]) =>
      variant === undefined || variants.includes(variant)
        ? []
        : `${at}.variant: expected one of variants (${variants.join(', ') || 'none'}), found ${JSON.stringify(variant)}`,
    ),
    ...wrong.flatMap(({ refusedBy }, index) =>
      ids.includes(refusedBy) ? [] : `wrong[${index}].refusedBy: ${known}, found ${JSON.stringify(refusedBy)}`,
    ),
  ]
}

function sentence(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code === 'invalid_type')
    return `expected ${issue.expected}, found ${found === undefined ? 'nothing' : JSON.stringify(found)}`
  const message = issue.message.charAt(0).toLowerCase() + issue.message.slice(1)
  return /found/.test(message) || typeof found === 'object' || found === undefined
    ? message
    : `${message}, found ${JSON.stringify(found)}`
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined),
    value,
  )
}

function repeated(ids: readonly string[]): string[] {
  return [...new Set(ids.filter((name, index) => ids.indexOf(name) !== index))]
}

function isKind(name: string): boolean {
  try {
    refOf(name, 'any', 'any')
    return true
  } catch {
    return false
  }
}
