import type { Lab, WrongSolution } from '../catalog/lab.ts'
import type { Text } from '../text.ts'

/** One thing that a lab has to prove before anybody learns from it. */
export interface Statement {
  /** Unique within the lab: `start`, `solution`, `reset`, `wrong-<id>`; with variants `start-<variant>` and so on. */
  readonly id: string
  readonly title: Text
  readonly claim: Claim
}

export type Claim =
  | { readonly kind: 'start' | 'solution' | 'reset'; readonly variant: string | undefined }
  | { readonly kind: 'wrong'; readonly wrong: WrongSolution }

/** All that a lab has to prove, in order: each of a variant's three statements stands on the one before. */
export function statementsOf(lab: Lab): Statement[] {
  const variants: readonly (string | undefined)[] = lab.variants ?? [undefined]
  const attempts = variants.flatMap((variant) =>
    (['start', 'solution', 'reset'] as const).map((kind) => ({
      id: variant === undefined ? kind : `${kind}-${variant}`,
      title: variant === undefined ? TITLES[kind] : ofVariant(TITLES[kind], variant),
      claim: { kind, variant },
    })),
  )
  return [
    ...attempts,
    ...lab.wrong.map((wrong) => ({ id: `wrong-${wrong.id}`, title: refusal(wrong), claim: { kind: 'wrong', wrong } as const })),
  ]
}

const TITLES = {
  start: { en: 'No task is green after the start', zh: '刚开始时没有任务通过' },
  solution: {
    en: 'Every task is green after the solution, with evidence for every check',
    zh: '执行参考答案之后所有任务都通过，每项检查都有证据',
  },
  reset: { en: 'Red again after a reset, and nothing is left behind', zh: '重置之后任务不再通过，清理之后什么都没有留下' },
} as const satisfies Readonly<Record<string, Text>>

function ofVariant({ en, zh }: Text, variant: string): Text {
  return { en: `${en} (variant ${variant})`, zh: `${zh}（变体 ${variant}）` }
}

function refusal({ id, refusedBy }: WrongSolution): Text {
  return { en: `Task ${refusedBy} refuses the wrong solution ${id}`, zh: `任务 ${refusedBy} 不接受错误答案 ${id}` }
}
