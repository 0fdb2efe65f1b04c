import {
  cronJobKeeps,
  defineLab,
  exportFile,
  jobCompleted,
  jobFailed,
  jobRetried,
  not,
  objectHas,
  podPending,
} from 'statelab/lab'

const squares = jobCompleted('squares', { completions: 4, parallelism: 2 })
const flaky = jobRetried('flaky', { failures: 2 })
const square = (index: number) => exportFile({ claim: 'job-results', file: String(index), contains: String(index * index) })

export default defineLab({
  id: 'jobs',
  track: 'operate',
  minutes: 20,
  kubernetes: '>=1.27',
  title: { en: 'Work that comes to an end', zh: '会结束的工作：Job 与 CronJob' },
  tasks: [
    {
      id: 'completions',
      title: { en: 'Job squares does its work in four parts, two at once', zh: 'Job squares 把工作分成四份，同时做两份' },
      checks: [squares, square(0), square(1), square(2), square(3)],
      hints: [
        {
          when: not(objectHas('Job', 'squares')),
          text: {
            en: 'There is no Job squares yet. `kubectl create job squares --image=nginx:1.22 --dry-run=client -o yaml -- true` prints one to begin with; `kubectl explain job.spec` lists the fields.',
            zh: '还没有 Job squares。`kubectl create job squares --image=nginx:1.22 --dry-run=client -o yaml -- true` 会输出一份可以起步的清单；字段可以用 `kubectl explain job.spec` 查看。',
          },
        },
        {
          when: not(objectHas('Job', 'squares', { 'spec.completionMode': 'Indexed' })),
          text: {
            en: 'The Pods of this Job do not know which part of the work is theirs. With `completionMode: Indexed` each gets its number, from 0, in the variable JOB_COMPLETION_INDEX.',
            zh: '这个 Job 的 Pod 不知道自己负责哪一份。写上 `completionMode: Indexed`，每个 Pod 就会在变量 JOB_COMPLETION_INDEX 里得到自己的编号（从 0 开始）。',
          },
        },
        {
          when: objectHas('Job', 'squares', { 'spec.parallelism': 1 }),
          text: {
            en: 'One Pod runs after the other. `spec.parallelism` says how many may run at once.',
            zh: 'Pod 是一个接一个运行的。`spec.parallelism` 决定同时可以运行几个。',
          },
        },
        {
          text: {
            en: '`kubectl get pods -l batch.kubernetes.io/job-name=squares` and `kubectl logs` show what the parts did. Most of a Job cannot be changed once it is there: delete it and apply it again.',
            zh: '`kubectl get pods -l batch.kubernetes.io/job-name=squares` 和 `kubectl logs` 可以看到每一份做了什么。Job 创建之后大部分字段都不能修改：删除后重新 apply。',
          },
        },
      ],
      learned: {
        en: 'A Job counts ends, not Pods that run. An index makes it a list of work: which part a Pod does does not depend on when it starts, and a part that fails is done again under the same number.',
        zh: 'Job 数的是结束的次数，而不是运行中的 Pod。有了编号，它就成了一份工作清单：哪个 Pod 做哪一份和启动先后无关，失败的那份会用同样的编号重做。',
      },
    },
    {
      id: 'retries',
      title: { en: 'One Job gets through in the end, another gives up', zh: '一个 Job 最终成功，另一个放弃' },
      checks: [
        flaky,
        exportFile({ claim: 'job-results', file: 'flaky', contains: ':' }),
        jobFailed('hopeless', { reason: 'BackoffLimitExceeded', failures: 2 }),
      ],
      hints: [
        {
          when: not(objectHas('Job', 'flaky')),
          text: {
            en: 'There is no Job flaky yet. It runs `sh /script/flaky.sh`: mount the ConfigMap flaky at /script and the claim job-results at /out.',
            zh: '还没有 Job flaky。它运行 `sh /script/flaky.sh`：把 ConfigMap flaky 挂载到 /script，把 PVC job-results 挂载到 /out。',
          },
        },
        {
          when: objectHas('Job', 'flaky', { 'spec.template.spec.restartPolicy': 'OnFailure' }),
          text: {
            en: 'With `restartPolicy: OnFailure` the container is started again in the same Pod: the Job sees no failed Pods, and the logs of the attempts before are lost. Use `Never`.',
            zh: '`restartPolicy: OnFailure` 会在同一个 Pod 里重启容器：Job 看不到失败的 Pod，前几次的日志也丢了。请用 `Never`。',
          },
        },
        {
          when: objectHas('Job', 'flaky', { 'status.conditions[1].reason': 'BackoffLimitExceeded' }),
          text: {
            en: 'The Job has given up: the program needs three attempts, and `backoffLimit` is how many may fail before that. Delete the Job and apply it with a larger one.',
            zh: 'Job 已经放弃：程序需要试三次，而 `backoffLimit` 是允许失败的次数。删除这个 Job，用更大的值重新 apply。',
          },
        },
        {
          when: podPending('flaky'),
          text: {
            en: 'A Pod of the Job finds no node: `kubectl describe` tells why.',
            zh: 'Job 的 Pod 找不到节点：`kubectl describe` 会说明原因。',
          },
        },
        {
          text: {
            en: 'Give it time: the second attempt comes 10 s after the first, the third 20 s after the second. `kubectl get pods -l batch.kubernetes.io/job-name=flaky` shows one Pod for each attempt. A Job that began where an earlier one had stopped counts fewer failures: delete it and apply it again.',
            zh: '给它一点时间：第二次在第一次失败 10 秒之后，第三次再隔 20 秒。`kubectl get pods -l batch.kubernetes.io/job-name=flaky` 里每次尝试对应一个 Pod。如果是接着上一个 Job 的进度开始的，失败次数会变少：删除后重新 apply。',
          },
        },
      ],
      learned: {
        en: 'A Job’s retries are new Pods, so the logs of every attempt stay. The waits double up to ten minutes; `backoffLimit` (default 6) ends it, `activeDeadlineSeconds` ends it by the clock.',
        zh: 'Job 的重试是新的 Pod，所以每次尝试的日志都在。等待时间逐次加倍，最长十分钟；`backoffLimit`（默认 6）按次数结束它，`activeDeadlineSeconds` 按时间结束它。',
      },
    },
    {
      id: 'cron',
      title: {
        en: 'CronJob tick runs every minute and keeps a short history',
        zh: 'CronJob tick 每分钟运行一次，只保留很短的历史',
      },
      checks: [
        objectHas('CronJob', 'tick', { 'spec.schedule': '* * * * *', 'spec.concurrencyPolicy': 'Forbid' }),
        cronJobKeeps('tick', { successful: 2, failed: 1 }),
        exportFile({ claim: 'job-results', file: 'ticks', contains: ':' }),
      ],
      hints: [
        {
          when: not(objectHas('CronJob', 'tick')),
          text: {
            en: 'There is no CronJob tick yet. `kubectl create cronjob --help` shows how to begin; a CronJob is a schedule with a Job’s template under `jobTemplate`.',
            zh: '还没有 CronJob tick。可以从 `kubectl create cronjob --help` 开始；CronJob 就是一个时间表，加上写在 `jobTemplate` 下面的 Job 模板。',
          },
        },
        {
          when: objectHas('CronJob', 'tick', { 'spec.concurrencyPolicy': 'Allow' }),
          text: {
            en: '`concurrencyPolicy` is Allow, the default: when a run takes longer than a minute, the next one is started beside it, on the same file. Forbid leaves the next one out.',
            zh: '`concurrencyPolicy` 是默认的 Allow：如果一次运行超过一分钟，下一次会同时启动，写同一个文件。Forbid 则跳过下一次。',
          },
        },
        {
          text: {
            en: 'You need not wait for the clock: `kubectl create job tick-now --from=cronjob/tick` starts a run at once, which counts as one of its history. `successfulJobsHistoryLimit` and `failedJobsHistoryLimit` say how many stay.',
            zh: '不必等时间到：`kubectl create job tick-now --from=cronjob/tick` 会立刻运行一次，并且计入它的历史。`successfulJobsHistoryLimit` 和 `failedJobsHistoryLimit` 决定保留几个。',
          },
        },
      ],
      learned: {
        en: 'Finished Jobs stay until somebody removes them, with their Pods and logs: a CronJob removes its own beyond a limit, `ttlSecondsAfterFinished` does it for every other Job.',
        zh: '结束的 Job 连同它的 Pod 和日志会一直留着，直到有人清理：CronJob 会清理自己超出上限的部分，其他 Job 用 `ttlSecondsAfterFinished`。',
      },
    },
  ],
  solution: [
    {
      task: 'completions',
      apply: 'squares.yaml',
      why: { en: 'Four parts, each with its number, two at a time', zh: '四份工作，各有编号，每次做两份' },
      until: squares,
    },
    {
      task: 'retries',
      apply: 'retries.yaml',
      why: {
        en: 'One that may fail four times and needs two, one that may fail once and never works',
        zh: '一个允许失败四次、实际失败两次；一个允许失败一次、永远不会成功',
      },
      until: flaky,
    },
    {
      task: 'cron',
      apply: 'tick.yaml',
      why: { en: 'A Job by the clock, which tidies up after itself', zh: '按时间运行、会自己清理的 Job' },
      until: objectHas('CronJob', 'tick'),
    },
  ],
  wrong: [
    {
      id: 'all-at-once',
      refusedBy: 'completions',
      steps: [
        {
          apply: 'all-at-once.yaml',
          why: { en: 'All four parts at the same time', zh: '四份同时做' },
          until: objectHas('Job', 'squares', { 'status.succeeded': 4 }),
        },
      ],
    },
    {
      id: 'not-indexed',
      refusedBy: 'completions',
      steps: [
        {
          apply: 'not-indexed.yaml',
          why: { en: 'Four times the same part', zh: '把同一份做了四次' },
          until: objectHas('Job', 'squares', { 'status.succeeded': 4 }),
        },
      ],
    },
    {
      id: 'no-retry',
      refusedBy: 'retries',
      steps: [
        {
          apply: 'no-retry.yaml',
          why: { en: 'The first failure is the last', zh: '第一次失败就结束了' },
          until: jobFailed('flaky', { reason: 'BackoffLimitExceeded', failures: 1 }),
        },
      ],
    },
    {
      id: 'default-history',
      refusedBy: 'cron',
      steps: [
        {
          apply: 'default-history.yaml',
          why: { en: 'The history that a CronJob keeps by default', zh: 'CronJob 默认保留的历史' },
        },
      ],
    },
  ],
})
