import type { CheckResult } from '../runner/result.ts'

type Evidence = CheckResult['evidence'][number]

/** Facts that one command shows. */
export interface Exhibit {
  readonly command: string
  readonly facts: readonly Pick<Evidence, 'expected' | 'observed'>[]
}

/** A check in plain text, the evidence below its message, as reports without colour or layout carry it. */
export function describeCheck(check: CheckResult): string[] {
  const evidence = check.evidence.flatMap(({ expected, observed, command }) => [
    `  expected: ${expected}`,
    `  observed: ${observed}`,
    `  command:  ${command}`,
  ])
  return [`${check.id}: ${check.message}`, ...evidence]
}

/** Facts that follow one another and that the same command shows stand together: the command is told once. */
export function exhibits(evidence: readonly Evidence[]): Exhibit[] {
  const groups: { command: string; facts: Evidence[] }[] = []
  for (const next of evidence) {
    const last = groups.at(-1)
    if (last?.command === next.command) last.facts.push(next)
    else groups.push({ command: next.command, facts: [next] })
  }
  return groups
}
