import type { ObjectRef } from '../kube/kube.ts'
import { pasteable } from '../process/command-runner.ts'
import { type CheckContext, type Evidence, type Finding, say } from './check.ts'

/** One comparison of a check. */
export interface Fact extends Evidence {
  readonly holds: boolean
}

/** A fact about one field. Without `holds`: the observed text must equal the expected one. */
export function fact(expected: string, observed: string, command: string, holds = expected === observed): Fact {
  return { expected, observed, command, holds }
}

/** A check's finding: met when every fact holds; the message names the subject and whatever does not hold. */
export function conclude(context: Pick<CheckContext, 'language'>, subject: string, facts: readonly Fact[]): Finding {
  const broken = facts.filter(({ holds }) => !holds)
  const differs = ({ expected, observed }: Fact): string =>
    say(context, { en: `expected ${expected}, saw ${observed}`, zh: `期望 ${expected}，实际 ${observed}` })
  const [comma, semicolon] = [say(context, { en: ', ', zh: '，' }), say(context, { en: '; ', zh: '；' })]
  const told = broken.length === 0 ? facts.map(({ observed }) => observed).join(comma) : broken.map(differs).join(semicolon)
  const message = `${subject}: ${told}`
  const evidence = facts.map(({ expected, observed, command }) => ({ expected, observed, command }))
  return { met: broken.length === 0, message, evidence }
}

/** The kubectl command that shows something of the lab's namespace. */
export function kubectl({ namespace }: Pick<CheckContext, 'namespace'>, ...args: readonly string[]): string {
  return pasteable('kubectl', ['-n', namespace, ...args])
}

/** The kubectl command that shows something cluster-wide. */
export function kubectlAll(...args: readonly string[]): string {
  return pasteable('kubectl', args)
}

/** The kubectl command for an object, wherever its kind lives. */
export function kubectlFor({ namespace }: Pick<ObjectRef, 'namespace'>, ...args: readonly string[]): string {
  return namespace === undefined ? kubectlAll(...args) : kubectl({ namespace }, ...args)
}
