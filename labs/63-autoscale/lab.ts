import { autoscalerWorks, defineLab, eventSays, not, objectHas, podReady, scalesWithLoad } from 'statelab/lab'

const CPU = 'spec.template.spec.containers[0].resources'
const works = autoscalerWorks('busy-hpa', { kind: 'StatefulSet', target: 'busy-sts', min: 1, max: 3 })

const requests = {
  apply: 'busy-sts.yaml',
  why: {
    en: 'The Pods say how much they need: a utilization is a share of that',
    zh: 'Pod 要声明自己需要多少：利用率就是它的百分比',
  },
  until: objectHas('StatefulSet', 'busy-sts', { 'status.readyReplicas': 1, [`${CPU}.requests.cpu`]: '50m' }),
} as const
const autoscaler = {
  apply: 'busy-hpa.yaml',
  why: { en: 'From one to three, at half of the request', zh: '从一个到三个，以请求量的一半为目标' },
} as const

export default defineLab({
  id: 'autoscale',
  track: 'operate',
  minutes: 20,
  kubernetes: '>=1.27',
  requires: { features: ['metrics-server'] },
  title: { en: 'A StatefulSet that grows under load', zh: '随负载伸缩的 StatefulSet' },
  tasks: [
    {
      id: 'requests',
      title: { en: 'The Pods of busy-sts request CPU', zh: 'busy-sts 的 Pod 声明了 CPU 请求' },
      checks: [
        objectHas('StatefulSet', 'busy-sts', { [`${CPU}.requests.cpu`]: '50m', [`${CPU}.limits.cpu`]: '100m' }),
        podReady('busy-sts-0'),
      ],
      hints: [
        {
          when: objectHas('StatefulSet', 'busy-sts', { [`${CPU}.requests`]: undefined }),
          text: {
            en: 'The template requests no CPU. `kubectl set resources --help` shows how to add it; the StatefulSet then makes its Pod anew.',
            zh: '模板里没有 CPU 请求。`kubectl set resources --help` 说明怎样添加；之后 StatefulSet 会重建它的 Pod。',
          },
        },
        {
          text: {
            en: 'Request 50m and limit 100m: "50m" are 50 thousandths of a core. `kubectl get statefulset busy-sts -o yaml` shows what is set.',
            zh: '请求 50m，上限 100m：“50m” 就是千分之五十个核。`kubectl get statefulset busy-sts -o yaml` 可以看到现在的设置。',
          },
        },
      ],
      learned: {
        en: 'The request is what the scheduler sets aside and what utilization is measured by; the limit is where the kernel stops a container. Without a request there is no utilization.',
        zh: '请求量是调度器预留的量，也是计算利用率的分母；上限是内核限制容器的地方。没有请求量，就没有利用率。',
      },
    },
    {
      id: 'autoscaler',
      title: {
        en: 'HorizontalPodAutoscaler busy-hpa knows the utilization',
        zh: 'HorizontalPodAutoscaler busy-hpa 知道当前利用率',
      },
      checks: [
        works,
        objectHas('HorizontalPodAutoscaler', 'busy-hpa', {
          'spec.metrics[0].resource.target.averageUtilization': 50,
          'spec.behavior.scaleDown.stabilizationWindowSeconds': 0,
        }),
      ],
      hints: [
        {
          when: not(objectHas('HorizontalPodAutoscaler', 'busy-hpa')),
          text: {
            en: 'There is no HorizontalPodAutoscaler busy-hpa yet. `kubectl autoscale statefulset busy-sts --name=busy-hpa --min=1 --max=3 --cpu-percent=50 --dry-run=client -o yaml` gives most of it; `behavior` you write yourself.',
            zh: '还没有 HorizontalPodAutoscaler busy-hpa。`kubectl autoscale statefulset busy-sts --name=busy-hpa --min=1 --max=3 --cpu-percent=50 --dry-run=client -o yaml` 可以生成大部分内容；`behavior` 要自己写。',
          },
        },
        {
          when: objectHas('HorizontalPodAutoscaler', 'busy-hpa', { 'spec.scaleTargetRef.kind': 'Deployment' }),
          text: {
            en: 'It scales a Deployment that does not exist: `scaleTargetRef` wants apiVersion apps/v1, kind StatefulSet, name busy-sts.',
            zh: '它要伸缩的是一个不存在的 Deployment：`scaleTargetRef` 应该是 apiVersion apps/v1，kind StatefulSet，name busy-sts。',
          },
        },
        {
          when: not(works),
          text: {
            en: 'TARGETS says <unknown>. In the first half minute that is normal: metrics-server needs two looks at a new Pod. Later, `kubectl describe hpa busy-hpa` says what is missing; "missing request for cpu" is about the template of the StatefulSet.',
            zh: 'TARGETS 显示 <unknown>。头半分钟这是正常的：metrics-server 要对新 Pod 采集两次。之后还是这样，就用 `kubectl describe hpa busy-hpa` 看缺什么；“missing request for cpu” 说的是 StatefulSet 的模板。',
          },
        },
        {
          text: {
            en: 'Target: 50 % average utilization of CPU, 1 to 3 replicas, `behavior.scaleDown.stabilizationWindowSeconds: 0`. Leave that out and scaling down waits five minutes.',
            zh: '目标：CPU 平均利用率 50%，1 到 3 个副本，`behavior.scaleDown.stabilizationWindowSeconds: 0`。不写最后这一项，缩容要等五分钟。',
          },
        },
      ],
      learned: {
        en: 'An autoscaler is a loop of a few lines: every 15 s, desired = ceil(replicas × utilization ÷ target), between minimum and maximum.',
        zh: '自动伸缩器是一个只有几行的循环：每 15 秒算一次，期望副本数 = ⌈副本数 × 利用率 ÷ 目标⌉，限制在最小值和最大值之间。',
      },
    },
    {
      id: 'load',
      title: { en: 'Load makes it grow, calm makes it shrink, the claims stay', zh: '有负载就扩容，空闲了就缩容，PVC 保留' },
      checks: [
        scalesWithLoad('busy-hpa', {
          target: 'busy-sts',
          template: 'busy-pvc',
          load: { pod: 'busy-sts-0', begin: ['touch', '/data/load'], end: ['rm', '-f', '/data/load'] },
        }),
      ],
      hints: [
        {
          when: not(podReady('busy-sts-0')),
          text: {
            en: 'Pod busy-sts-0 is not ready; the load is made in it. `kubectl describe pod busy-sts-0` says why.',
            zh: 'Pod busy-sts-0 没有就绪，而负载是在它里面产生的。`kubectl describe pod busy-sts-0` 会说明原因。',
          },
        },
        {
          when: objectHas('StatefulSet', 'busy-sts', { 'spec.persistentVolumeClaimRetentionPolicy.whenScaled': 'Delete' }),
          text: {
            en: 'With `whenScaled: Delete` every Pod that goes takes its claim and its data with it, and the next rush begins with empty volumes.',
            zh: '`whenScaled: Delete` 会让每个离开的 Pod 带走自己的 PVC 和数据，下一次高峰只能从空卷开始。',
          },
        },
        {
          text: {
            en: 'Make load with `kubectl exec busy-sts-0 -- touch /data/load`, watch `kubectl get hpa,pods --watch`, and end it with `rm`. Each way takes up to 45 s: figures are 10 to 25 s old, and the autoscaler looks every 15 s.',
            zh: '用 `kubectl exec busy-sts-0 -- touch /data/load` 产生负载，用 `kubectl get hpa,pods --watch` 观察，再用 `rm` 结束负载。每个方向最多要 45 秒：数据有 10 到 25 秒的延迟，自动伸缩器每 15 秒看一次。',
          },
        },
      ],
      learned: {
        en: 'What goes is the highest ordinal, what stays is its claim: the next time it grows, the Pod finds its old data. For a database that is only half of the answer: somebody has to tell the new member of the others.',
        zh: '离开的是序号最大的 Pod，留下的是它的 PVC：下次扩容时，这个 Pod 会找回原来的数据。对数据库来说这只是一半：还得有人告诉新成员其他成员在哪里。',
      },
    },
  ],
  solution: [
    { task: 'requests', ...requests },
    { task: 'autoscaler', ...autoscaler, until: works },
  ],
  wrong: [
    {
      id: 'no-request',
      refusedBy: 'autoscaler',
      steps: [
        {
          ...autoscaler,
          until: eventSays('HorizontalPodAutoscaler', 'busy-hpa', /missing request for cpu/),
        },
      ],
    },
    {
      id: 'claims-go',
      refusedBy: 'load',
      steps: [
        {
          ...requests,
          apply: 'claims-go.yaml',
          why: { en: 'A Pod that goes takes its claim with it', zh: 'Pod 离开时带走自己的 PVC' },
        },
        { ...autoscaler, until: works },
      ],
    },
  ],
})
