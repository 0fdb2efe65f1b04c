import type { CheckResult } from '../runner/result.ts'

/** A check in plain text, the evidence below its message, as reports without colour or layout carry it. */
export function describeCheck(check: CheckResult): string[] {
  const evidence = check.evidence.flatMap(({ expected, observed, command }) => [
    `  expected: ${expected}`,
    `  observed: ${observed}`,
    `  command:  ${command}`,
  ])
  return [`${check.id}: ${check.message}`, ...evidence]
}
