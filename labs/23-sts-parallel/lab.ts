import { allOf, defineLab, madeAtOnce, not, objectHas, podPrints, podReady } from 'statelab/lab'

const SET = 'redis-sts'
const parallel = objectHas('StatefulSet', SET, { 'spec.podManagementPolicy': 'Parallel', 'spec.replicas': 3 })
const others = allOf(podReady(`${SET}-1`), podReady(`${SET}-2`))

export default defineLab({
  id: 'sts-parallel',
  track: 'statefulset',
  minutes: 15,
  kubernetes: '>=1.27',
  title: { en: 'All at once', zh: '所有副本同时启动' },
  tasks: [
    {
      id: 'policy',
      title: { en: 'StatefulSet redis-sts makes its Pods in parallel', zh: 'StatefulSet redis-sts 并行创建 Pod' },
      checks: [parallel],
      learned: {
        en: 'Most of a StatefulSet cannot be changed in place. Deleted with --cascade=orphan and made again, it takes over the Pods that carry its labels.',
        zh: 'StatefulSet 的大多数字段不能就地修改。用 --cascade=orphan 删除后重建，它会接管带有相应标签的 Pod。',
      },
      hints: [
        {
          when: not(objectHas('StatefulSet', SET)),
          text: {
            en: 'StatefulSet redis-sts is deleted; now apply it again with the other policy. If you have no file of it, `statelab start sts-parallel` brings the old one back.',
            zh: 'StatefulSet redis-sts 已经删除；现在用新的策略重新 apply。如果没有留下文件，`statelab start sts-parallel` 会把原来的建回来。',
          },
        },
        {
          when: objectHas('StatefulSet', SET, { 'spec.podManagementPolicy': 'OrderedReady' }),
          text: {
            en: 'The policy is still OrderedReady. In place the API refuses: "updates to statefulset spec for fields other than … are forbidden". Which is the way round it that leaves the Pods alone? `kubectl delete --help` knows a --cascade.',
            zh: '策略仍然是 OrderedReady。就地修改会被 API 拒绝：“updates to statefulset spec for fields other than … are forbidden”。怎样绕过去又不动 Pod？`kubectl delete --help` 里有一个 --cascade。',
          },
        },
        {
          when: not(objectHas('StatefulSet', SET, { 'spec.replicas': 3 })),
          text: { en: 'The lab wants three replicas.', zh: '本实验要三个副本。' },
        },
        {
          text: {
            en: '`kubectl explain statefulset.spec.podManagementPolicy` tells what can be chosen.',
            zh: '`kubectl explain statefulset.spec.podManagementPolicy` 说明了可选的值。',
          },
        },
      ],
    },
    {
      id: 'others',
      title: {
        en: 'redis-sts-1 and redis-sts-2 are ready, though redis-sts-0 is not',
        zh: 'redis-sts-1 和 redis-sts-2 就绪了，尽管 redis-sts-0 没有',
      },
      checks: [
        podReady(`${SET}-1`),
        podReady(`${SET}-2`),
        podPrints(`${SET}-1`, ['redis-cli', '-h', `${SET}-0.redis-svc`, 'ping'], 'PONG'),
        objectHas('StatefulSet', SET, { 'status.readyReplicas': 2 }),
      ],
      learned: {
        en: 'Yes, all replicas can start at once: one that hangs holds nobody. Whether the others are of use without it, only you can know.',
        zh: '是的，所有副本可以同时启动：一个卡住，不会挡住别人。没有它，其余的是否还有用，只有你才知道。',
      },
      hints: [
        {
          when: podReady(`${SET}-0`),
          text: {
            en: 'redis-sts-0 is ready: its probe was changed. That helps this time. The lab is about a Pod that does not get ready: leave the readinessProbe as it was.',
            zh: 'redis-sts-0 就绪了：它的探针被改过。这一次确实有用，但本实验讲的是一直不就绪的 Pod：请保持原来的 readinessProbe。',
          },
        },
        {
          when: not(parallel),
          text: {
            en: 'As long as the policy is OrderedReady, redis-sts-0 holds the others: see the task before.',
            zh: '只要策略是 OrderedReady，redis-sts-0 就会挡住其余的 Pod：请先完成上一个任务。',
          },
        },
        {
          text: {
            en: '`kubectl get pods` shows which of them are there. `kubectl describe statefulset redis-sts` ends with what the controller did last.',
            zh: '`kubectl get pods` 能看到有哪些 Pod。`kubectl describe statefulset redis-sts` 末尾是控制器最近做过的事。',
          },
        },
      ],
    },
    {
      id: 'at-once',
      title: { en: 'Made anew, no Pod waits for another', zh: '重新创建时，谁也不等谁' },
      checks: [madeAtOnce(SET, { neverReady: 0 })],
      learned: {
        en: 'Parallel is about making and ending Pods. Names, claims, and the order of rolling updates stay as they were.',
        zh: 'Parallel 只影响 Pod 的创建和结束。名字、PVC，以及滚动更新的顺序都不变。',
      },
      hints: [
        {
          text: {
            en: 'Watch it: `kubectl get pods --watch`, and in another terminal `kubectl scale statefulset redis-sts --replicas=0`, then `--replicas=3`.',
            zh: '自己看一看：一个终端里 `kubectl get pods --watch`，另一个终端里 `kubectl scale statefulset redis-sts --replicas=0`，再 `--replicas=3`。',
          },
        },
      ],
    },
  ],
  solution: [
    {
      task: 'policy',
      patch: { kind: 'StatefulSet', name: SET, patch: { spec: { podManagementPolicy: 'Parallel' } } },
      why: { en: 'In place it is refused', zh: '就地修改会被拒绝' },
      refused: /forbidden/,
    },
    {
      delete: { kind: 'StatefulSet', name: SET, orphan: true },
      why: { en: 'The StatefulSet goes, its Pod stays', zh: '只删 StatefulSet，Pod 留下' },
    },
    {
      apply: 'redis-sts.yaml',
      why: { en: 'The same with the other policy; it takes the Pod over', zh: '换一种策略重建；它会接管留下的 Pod' },
      until: parallel,
    },
    {
      task: 'others',
      exec: { pod: `${SET}-1`, command: ['redis-cli', '-h', `${SET}-0.redis-svc`, 'ping'] },
      why: { en: 'One that is ready reaches one that is not', zh: '就绪的 Pod 能找到未就绪的 Pod' },
      until: others,
    },
  ],
  wrong: [
    {
      id: 'ordered-ready',
      refusedBy: 'policy',
      steps: [
        {
          scale: { kind: 'StatefulSet', name: SET, replicas: 4 },
          why: { en: 'More replicas do not help the first', zh: '增加副本对第一个没有帮助' },
        },
      ],
    },
    {
      id: 'probe-removed',
      refusedBy: 'at-once',
      steps: [
        {
          delete: { kind: 'StatefulSet', name: SET },
          why: { en: 'Away with the StatefulSet and its Pod', zh: 'StatefulSet 和 Pod 一起删掉' },
        },
        {
          apply: 'no-probe.yaml',
          why: {
            en: 'Without the probe every Pod is ready, one after another',
            zh: '没有探针，每个 Pod 都会就绪，但还是一个接一个',
          },
          until: others,
        },
      ],
    },
    {
      id: 'ordered-ready-scaled',
      refusedBy: 'at-once',
      steps: [
        {
          delete: { kind: 'Pod', name: `${SET}-0` },
          why: {
            en: 'Deleting the Pod that hangs does not help: the next one hangs too',
            zh: '删除卡住的 Pod 没有用：新的 Pod 同样会卡住',
          },
        },
      ],
    },
  ],
})
