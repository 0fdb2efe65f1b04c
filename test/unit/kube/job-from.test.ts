import type { V1CronJob, V1Job } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { jobFromCronJob, jobLike } from '../../../scripts/kube/job-from.ts'

const POD = { restartPolicy: 'Never', containers: [{ name: 'main' }] }

test('jobFromCronJob makes what the CronJob would run, marked as made by hand', () => {
  const cronJob: V1CronJob = {
    metadata: { name: 'backup', uid: 'u' },
    spec: { schedule: '* * * * *', jobTemplate: { metadata: { labels: { app: 'x' } }, spec: { template: { spec: POD } } } },
  }
  expect(jobFromCronJob(cronJob, 'now')).toEqual({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'now',
      labels: { app: 'x' },
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'backup', uid: 'u', controller: true }],
    },
    spec: { template: { spec: POD } },
  })
})

test('jobLike runs the same work, without what the API wrote into the first', () => {
  const labels = {
    app: 'x',
    'controller-uid': 'u',
    'job-name': 'a',
    'batch.kubernetes.io/controller-uid': 'u',
    'batch.kubernetes.io/job-name': 'a',
  }
  const job: V1Job = {
    metadata: { name: 'a', uid: 'u', resourceVersion: '7' },
    spec: {
      suspend: true,
      backoffLimit: 2,
      selector: { matchLabels: { 'controller-uid': 'u' } },
      template: { metadata: { labels }, spec: POD },
    },
    status: { succeeded: 1 },
  }
  expect(jobLike(job, 'b')).toEqual({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'b' },
    spec: { backoffLimit: 2, template: { metadata: { labels: { app: 'x' } }, spec: POD } },
  })
})
