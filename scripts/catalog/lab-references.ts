import type { LabDefinition } from './lab.ts'
import { describeValue, expectedFound, type FieldPath, type FieldProblem } from './lab-problem.ts'

/** What is wrong between the parts of a lab whose shape is right: ids used twice, tasks that are named but not there. */
export function referenceProblems({ tasks, solution, wrong, variants = [] }: LabDefinition): FieldProblem[] {
  const ids = tasks.map(({ id }) => id)
  return [
    ...repeated(tasks, (index) => ['tasks', index, 'id']),
    ...repeated(wrong, (index) => ['wrong', index, 'id']),
    ...tasks.flatMap(({ checks }, task) => repeated(checks, (index) => ['tasks', task, 'checks', index])),
    ...solution.flatMap(({ task, variant }, index) => [
      ...oneOf(ids, task, ['solution', index, 'task']),
      ...oneOf(variants, variant, ['solution', index, 'variant']),
    ]),
    ...wrong.flatMap(({ refusedBy, variant }, index) => [
      ...oneOf(ids, refusedBy, ['wrong', index, 'refusedBy']),
      ...oneOf(variants, variant, ['wrong', index, 'variant']),
    ]),
  ]
}

function oneOf(known: readonly string[], name: string | undefined, path: FieldPath): FieldProblem[] {
  if (name === undefined || known.includes(name)) return []
  const expected =
    known.length === 0
      ? { en: 'nothing, for there are none', zh: '空缺，因为一个都没有定义' }
      : { en: `one of ${known.join(', ')}`, zh: `以下之一：${known.join('、')}` }
  return [{ path, text: expectedFound(expected, describeValue(name)) }]
}

function repeated(entries: readonly { readonly id: string }[], pathOf: (index: number) => FieldPath): FieldProblem[] {
  const ids = entries.map(({ id }) => id)
  return entries.flatMap(({ id }, index) => {
    if (ids.indexOf(id) === index) return []
    const name = JSON.stringify(id)
    return { path: pathOf(index), text: { en: `${name} is there twice`, zh: `${name} 出现了两次` } }
  })
}
