import type { RunReport } from '../../../scripts/runner/result.ts'

/** One lab that passed, one that failed in its second task, one that could not run. */
export const SAMPLE: RunReport = {
  schema: 1,
  environment: 'statelab',
  startedAt: '2026-11-21T08:00:00.000Z',
  durationMs: 31_000,
  labs: [
    {
      id: 'redis-persistence',
      status: 'passed',
      durationMs: 21_400,
      tasks: [
        {
          id: 'ready',
          status: 'passed',
          checks: [
            {
              id: 'sts-ready',
              status: 'passed',
              durationMs: 310,
              message: 'StatefulSet redis-pv-sts has 2 ready Pods',
              evidence: [
                {
                  expected: 'readyReplicas 2',
                  observed: 'readyReplicas 2',
                  command: 'kubectl -n lab-redis-persistence get sts redis-pv-sts',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      id: 'redis-replication',
      status: 'failed',
      durationMs: 9_000,
      tasks: [
        {
          id: 'link',
          status: 'failed',
          checks: [
            {
              id: 'replica',
              status: 'failed',
              durationMs: 120,
              message: 'redis-pv-sts-1 follows <nobody> & is a "master"',
              evidence: [
                {
                  expected: 'role:slave',
                  observed: 'role:master\nconnected_slaves:0\u0000',
                  command: 'redis-cli info replication',
                },
              ],
            },
          ],
        },
        {
          id: 'survives',
          status: 'blocked',
          checks: [{ id: 'again', status: 'blocked', durationMs: 0, message: 'waits for task link', evidence: [] }],
        },
        {
          id: 'seen',
          status: 'error',
          checks: [{ id: 'see', status: 'error', durationMs: 5, message: 'the API did not answer', evidence: [] }],
        },
      ],
    },
    { id: 'autoscale', status: 'skipped', durationMs: 0, reason: 'needs metrics-server', tasks: [] },
  ],
  passed: 1,
  failed: 1,
  skipped: 1,
}
