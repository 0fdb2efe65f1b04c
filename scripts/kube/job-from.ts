import type { V1CronJob, V1Job, V1JobSpec } from '@kubernetes/client-node'

/** A Job as `kubectl create job NAME --from=cronjob/…` makes it: what the CronJob would run, now. */
export function jobFromCronJob({ metadata, spec }: V1CronJob, name: string): V1Job {
  const { labels, annotations } = spec?.jobTemplate.metadata ?? {}
  const owner = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    controller: true,
  }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      annotations: { ...annotations, 'cronjob.kubernetes.io/instantiate': 'manual' },
      ...(labels && { labels }),
      ownerReferences: [owner],
    },
    ...(spec?.jobTemplate.spec && { spec: spec.jobTemplate.spec }),
  }
}

/** The same work once more, under another name: a Job runs only once. A suspended one runs here. */
export function jobLike({ spec }: V1Job, name: string): V1Job {
  if (!spec) return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name } }
  const { selector: _selector, manualSelector: _manual, suspend: _suspend, ...rest } = spec
  const labels = Object.entries(spec.template.metadata?.labels ?? {}).filter(([label]) => !GIVEN.test(label))
  const template: V1JobSpec['template'] = { ...spec.template, metadata: { labels: Object.fromEntries(labels) } }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { ...rest, template } }
}

/** What the Job controller writes into the template, and would refuse in another Job's. */
const GIVEN = /^(batch\.kubernetes\.io\/)?(controller-uid|job-name)$/
