import type { Evidence } from '../checks/check.ts'

/** `blocked`: not run, because something it stands on is not green. `error`: the tool could not look. */
export type Status = 'passed' | 'failed' | 'blocked' | 'skipped' | 'error'

export interface CheckResult {
  readonly id: string
  readonly status: Status
  readonly durationMs: number
  readonly message: string
  readonly evidence: readonly Evidence[]
}

export interface TaskResult {
  readonly id: string
  readonly status: Status
  readonly checks: readonly CheckResult[]
}

export interface LabResult {
  readonly id: string
  /** The variant that was run; missing where a lab has none. A learner is not told: it may say too much. */
  readonly variant?: string
  readonly status: Status
  readonly durationMs: number
  /** Why the lab was skipped: what it requires and is not here. */
  readonly reason?: string
  readonly tasks: readonly TaskResult[]
}

/** The answer of `check` and `run`: the documented JSON, schema 1. `passed`, `failed` and `skipped` count labs. */
export interface RunReport {
  readonly schema: 1
  readonly environment: string
  /** The version of its Kubernetes; missing where nobody asked for it. */
  readonly kubernetes?: string
  /** As ISO 8601 has it, in UTC. */
  readonly startedAt: string
  /** From the start to the end of all labs: less than their sum where several ran at once. */
  readonly durationMs: number
  readonly labs: readonly LabResult[]
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}
