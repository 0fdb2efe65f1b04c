import { describe, expect, it } from 'vitest'
import { renderTap } from '../../../scripts/report/tap.ts'
import { SAMPLE } from './sample-report.ts'

describe('renderTap', () => {
  it('nests checks in tasks in labs, each with its plan, and carries the evidence as YAML', () => {
    expect(renderTap(SAMPLE)).toBe(`\
TAP version 14
1..3
# Subtest: redis-persistence
    1..1
    # Subtest: ready
        1..1
        ok 1 - sts-ready
          ---
          message: StatefulSet redis-pv-sts has 2 ready Pods
          durationMs: 310
          evidence:
            - expected: readyReplicas 2
              observed: readyReplicas 2
              command: kubectl -n lab-redis-persistence get sts redis-pv-sts
          ...
    ok 1 - ready
ok 1 - redis-persistence
# Subtest: redis-replication
    1..3
    # Subtest: link
        1..1
        not ok 1 - replica
          ---
          message: redis-pv-sts-1 follows <nobody> & is a "master"
          durationMs: 120
          evidence:
            - expected: role:slave
              observed: "role:master\\nconnected_slaves:0\\0"
              command: redis-cli info replication
          ...
    not ok 1 - link
    # Subtest: survives
        1..1
        ok 1 - again # SKIP waits for task link
    ok 2 - survives # SKIP waits for task link
    # Subtest: seen
        1..1
        not ok 1 - see
          ---
          message: the API did not answer
          durationMs: 5
          evidence: []
          ...
    not ok 3 - seen
not ok 2 - redis-replication
ok 3 - autoscale # SKIP needs metrics-server
`)
  })

  it('tells the variant as a comment: the points are named as ever', () => {
    const [lab] = SAMPLE.labs
    const lines = renderTap({ ...SAMPLE, labs: [{ ...lab!, variant: 'misspelt' }] }).split('\n')
    expect(lines.slice(2, 5)).toEqual(['# Subtest: redis-persistence', '    # Variant: misspelt', '    1..1'])
    expect(lines).toContain('ok 1 - redis-persistence')
  })

  it('gives the reason of a lab that broke before its tasks', () => {
    const labs = [{ id: 'broken', status: 'error', durationMs: 10, reason: 'no node', tasks: [] }] as const
    expect(renderTap({ ...SAMPLE, labs })).toBe(`\
TAP version 14
1..1
not ok 1 - broken
  ---
  message: no node
  ...
`)
  })
})
