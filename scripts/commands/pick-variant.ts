import { randomInt } from 'node:crypto'
import type { Lab } from '../catalog/lab.ts'
import { badInput } from '../errors.ts'
import { assertVariant } from '../runner/start-lab.ts'
import type { Session } from './session.ts'
import type { Input } from './verb.ts'

/**
 * The variant that the flags ask for, `--variant` by its name and `--seed` by a number that means the same to everybody.
 * @throws {StatelabError} `bad-input` for a variant that the lab does not have, or a seed that is no number.
 */
export function askedVariant({ t }: Session, lab: Lab, { options }: Pick<Input, 'options'>): string | undefined {
  const variant = options.variant === undefined ? undefined : String(options.variant)
  assertVariant(lab, variant)
  const seed = options.seed === undefined ? undefined : String(options.seed)
  if (seed === undefined) return variant
  // A person would not know which of the two has won.
  if (variant !== undefined || !/^\d{1,9}$/.test(seed)) {
    throw badInput(t('error.unknownValue', { origin: '--seed', value: JSON.stringify(seed) }), t('error.seed.fix'))
  }
  return lab.variants?.[Number(seed) % lab.variants.length]
}

/**
 * The same for several labs, by their ids. `--variant` needs each of them to have it, `--seed` picks where there are some.
 * @throws {StatelabError} `bad-input` as above.
 */
export function askedVariants(
  session: Session,
  labs: readonly Lab[],
  input: Pick<Input, 'options'>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    labs.flatMap((lab) => {
      const variant = askedVariant(session, lab, input)
      return variant === undefined ? [] : [[lab.id, variant]]
    }),
  )
}

/** Any of a lab's variants; `undefined` where there are none. */
export function randomVariant({ variants = [] }: Lab): string | undefined {
  return variants.length === 0 ? undefined : variants[randomInt(variants.length)]
}
