import { z } from 'zod'
import { refOf } from '../checks/kinds.ts'
import type { Text } from '../text.ts'
import { parseVersionRange } from './kubernetes-range.ts'
import { EXPECTATIONS, type Expectation, TYPES } from './expectations.ts'
import { describeValue, expectedFound, type FieldPath, type FieldProblem } from './lab-problem.ts'

const id = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, says('id'))
  .max(40, says('id'))
const words = z.string().trim().min(1, says('words'))
const text = z.strictObject({ en: words, zh: words })

const check = z.custom<{ id: string; kind: string }>((value) => {
  const { id, kind, title, run } = (value ?? {}) as Record<string, unknown>
  return (
    typeof id === 'string' &&
    text.safeParse(title).success &&
    typeof run === 'function' &&
    (kind === 'observe' || kind === 'probe')
  )
}, says('check'))
const observation = check.refine((value) => value.kind === 'observe', says('observation'))

const file = words.refine((path) => !/^\/|\\|(^|\/)\.\.(\/|$)/.test(path), says('file'))
const kind = words.refine((value) => isKind(value), says('kind'))

const stepShape = {
  why: text,
  task: id.optional(),
  variant: id.optional(),
  until: check.optional(),
  refused: z.instanceof(RegExp, says('regularExpression')).optional(),
}
const node = z.enum(['control-plane', 'worker'])
const flag = z.boolean().optional()
const program = z.array(words).min(1, says('program'))
/** What a step can do, one of these. */
const actions = {
  apply: file,
  exec: z.strictObject({ pod: words, container: words.optional(), command: program }),
  delete: z.strictObject({ kind, name: words, force: flag, orphan: flag, wait: flag }),
  patch: z.strictObject({ kind, name: words, patch: z.looseObject({}) }),
  scale: z.strictObject({
    kind: z.enum(['StatefulSet', 'Deployment']),
    name: words,
    replicas: z.number().int(says('count')).min(0, says('count')),
  }),
  createJob: z.strictObject({ name: words, from: words }),
  onNode: z.strictObject({ node, command: program }),
  onServer: z.strictObject({ command: program }),
  power: z.strictObject({ node, action: z.enum(['stop', 'start']) }),
} as const
/** What steps can do. */
export const STEP_ACTIONS = Object.keys(actions) as readonly (keyof typeof actions)[]

const step = z.strictObject({ ...stepShape, ...z.object(actions).partial().shape }).superRefine((value, context) => {
  const given = STEP_ACTIONS.filter((action) => value[action] !== undefined)
  if (given.length !== 1) context.addIssue({ code: 'custom', message: `one of ${STEP_ACTIONS.join(', ')}`, params: { given } })
})

const task = z.strictObject({
  id,
  title: text,
  checks: z.array(check).min(1, says('checks')),
  hints: z.array(z.strictObject({ when: observation.optional(), text })).min(1, says('hints')),
  learned: text.optional(),
})

const lab = z.strictObject({
  id,
  track: id,
  minutes: z.number().int(says('minutes')).min(1, says('minutes')).max(240, says('minutes')),
  kubernetes: z.string().refine((range) => parseVersionRange(range) !== undefined, says('range')),
  title: text,
  requires: z
    .strictObject({ nodes: z.number().int(says('count')).min(1, says('count')).optional(), features: z.array(words).optional() })
    .optional(),
  owns: z
    .strictObject({
      objects: z.array(z.strictObject({ kind, name: words })).optional(),
      nodePaths: z.array(z.string().regex(/^\/(tmp|mnt)\/[-.\w]+(\/[-.\w]+)*\/?$/, says('nodePath'))).optional(),
      exportDirectories: z.array(z.string().regex(/^[a-z0-9][-.a-z0-9]*$/, says('directory'))).optional(),
    })
    .optional(),
  exclusive: flag,
  podSecurity: z.enum(['baseline', 'privileged']).optional(),
  variants: z.array(id).min(2, says('variants')).optional(),
  tasks: z.array(task).min(1, says('tasks')),
  solution: z.array(step).min(1, says('steps')),
  wrong: z.array(z.strictObject({ id, refusedBy: id, variant: id.optional(), steps: z.array(step).min(1, says('steps')) })),
})

/** What a lab is made of. */
export const LAB_FIELDS = Object.keys(lab.shape)

/** What is wrong with the shape of what a `lab.ts` exports. */
export function shapeProblems(value: unknown): FieldProblem[] {
  const result = lab.safeParse(value)
  if (result.success) return []
  return result.error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return { path: issue.path, text: describeIssue(issue, valueAt(value, issue.path)) }
    return issue.keys.map((key) => ({ path: [...issue.path, key], text: { en: 'unknown field', zh: '未知的字段' } }))
  })
}

/** A rule's message is the word for what it expects. */
function says(expectation: Expectation): { error: string } {
  return { error: expectation }
}

function describeIssue(issue: z.core.$ZodIssue, value: unknown): Text {
  const found = describeValue(value)
  if (issue.code === 'custom' && issue.params?.given) return describeActions(issue.message, issue.params.given as string[])
  if (isExpectation(issue.message)) return expectedFound(EXPECTATIONS[issue.message], found)
  if (issue.code === 'invalid_type')
    return expectedFound(TYPES[issue.expected] ?? { en: issue.expected, zh: issue.expected }, found)
  if (issue.code === 'invalid_value') {
    const values = issue.values.map((each) => JSON.stringify(each)).join(', ')
    return expectedFound({ en: `one of ${values}`, zh: `以下之一：${values}` }, found)
  }
  return { en: issue.message, zh: issue.message }
}

function describeActions(expected: string, given: readonly string[]): Text {
  const found =
    given.length === 0 ? { en: 'none of them', zh: '一个也没有' } : { en: given.join(' and '), zh: given.join(' 和 ') }
  return expectedFound({ en: expected, zh: `以下之一：${STEP_ACTIONS.join('、')}` }, found)
}

function isExpectation(message: string): message is Expectation {
  return Object.hasOwn(EXPECTATIONS, message)
}

function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined),
    value,
  )
}

function isKind(name: string): boolean {
  try {
    refOf(name, 'any', 'any')
    return true
  } catch {
    return false
  }
}
