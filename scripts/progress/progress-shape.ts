import { z } from 'zod'
import type { Progress } from './progress.ts'

/** What a JSON value is: progress, that of a newer statelab with its schema, or neither, with the first thing that is wrong. */
export type Recognized = { readonly progress: Progress } | { readonly newer: number } | { readonly problem: string }

export function recognizeProgress(value: unknown): Recognized {
  const schema = z.object({ schema: z.number() }).safeParse(value).data?.schema
  if (schema !== undefined && schema > 1) return { newer: schema }
  const shape = SHAPE.safeParse(value)
  if (shape.success) return { progress: shape.data as Progress }
  const [issue] = shape.error.issues
  return { problem: `${issue?.path.join('.') || 'the file'}: ${issue?.message}` }
}

const number = z.number().int().min(0)
const author = z.enum(['hand', 'solve'])
const moment = z.iso.datetime()

/** Fields that an earlier version does not know pass through: they are another version's, and must not get lost. */
const SHAPE = z.looseObject({
  schema: z.literal(1),
  labs: z.record(
    z.string(),
    z.looseObject({
      tasks: z.record(z.string(), z.looseObject({ passedAt: moment, by: author })),
      passedAt: moment.optional(),
      by: author.optional(),
      attempts: number,
      checks: number,
      hints: number,
      solves: number,
      lastAt: moment.optional(),
    }),
  ),
})
