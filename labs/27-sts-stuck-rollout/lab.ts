import {
  allOf,
  brokenRollout,
  defineLab,
  not,
  objectHas,
  podReady,
  pvcBound,
  redisKey,
  revisionHistory,
  statefulSetReady,
  survives,
} from 'statelab/lab'

const BROKEN = 'redis:7.0-typo'
const IMAGE = 'spec.template.spec.containers[0].image'
const POD_IMAGE = 'spec.containers[0].image'
const CLAIM = 'redis-10m-pvc-redis-sts-1'

const order = redisKey('redis-sts-1', 'order', 'paid')
const ready = statefulSetReady('redis-sts', { replicas: 2 })
const rolledBack = revisionHistory('redis-sts', [BROKEN, 'redis:7.0'])
const templateBack = objectHas('StatefulSet', 'redis-sts', { [IMAGE]: 'redis:7.0' })
const podBroken = objectHas('Pod', 'redis-sts-1', { [POD_IMAGE]: BROKEN })

const set = {
  exec: { pod: 'redis-sts-1', command: ['redis-cli', 'set', 'order', 'paid'] },
  why: { en: 'Something that must not be lost', zh: '写入一条不能丢的数据' },
  until: order,
} as const
const breakIt = {
  apply: 'broken.yaml',
  why: {
    en: 'A misspelt image: the highest Pod is replaced first, and hangs',
    zh: '镜像名写错：序号最大的 Pod 先被替换，卡住了',
  },
  until: podBroken,
} as const
const back = {
  apply: 'back.yaml',
  why: { en: 'The template as it was; the Pod hangs all the same', zh: '模板恢复原样，Pod 却仍然卡着' },
  until: rolledBack,
} as const

/** While the Pod hangs nobody can ask it for the order: then the first task is red as well, and this is what helps. */
const STUCK = {
  when: allOf(templateBack, podBroken),
  text: {
    en: `The template is right, and redis-sts-1 still has ${BROKEN}. By default (OrderedReady) the controller waits until every Pod is ready before it replaces one; this one never will be. Waiting is in vain: what would make the controller create this Pod anew?`,
    zh: `模板已经对了，redis-sts-1 却还是 ${BROKEN}。默认（OrderedReady）情况下，控制器要等所有 Pod 就绪才会替换下一个；而这个 Pod 永远不会就绪。等是没用的：怎样才能让控制器重新创建这个 Pod？`,
  },
}

export default defineLab({
  id: 'sts-stuck-rollout',
  track: 'statefulset',
  minutes: 15,
  kubernetes: '>=1.27',
  title: { en: 'A rollout that is stuck, also after the rollback', zh: '卡住的更新：回滚也救不了' },
  tasks: [
    {
      id: 'data',
      title: { en: 'Redis in redis-sts-1 holds the order', zh: 'redis-sts-1 里的 Redis 存有 order' },
      checks: [order],
      hints: [
        STUCK,
        {
          when: podBroken,
          text: {
            en: `redis-sts-1 hangs with ${BROKEN}, so nobody can ask it for the order. Look how far the update comes: \`kubectl get pods\`, and the events of redis-sts-1. Then do what everybody would do: roll back.`,
            zh: `redis-sts-1 卡在 ${BROKEN} 上，没法向它查询 order。看看更新走到了哪一步：\`kubectl get pods\` 和 redis-sts-1 的事件。然后做人人都会做的事：回滚。`,
          },
        },
        {
          when: redisKey('redis-sts-0', 'order', 'paid'),
          text: {
            en: 'The order is in redis-sts-0. It has to be in redis-sts-1, the Pod that an update replaces first.',
            zh: 'order 写到了 redis-sts-0。要写到 redis-sts-1，更新时最先被替换的就是它。',
          },
        },
        {
          text: {
            en: 'Set the key `order` to `paid` with redis-cli in redis-sts-1.',
            zh: '在 redis-sts-1 里用 redis-cli 把键 `order` 设为 `paid`。',
          },
        },
      ],
      learned: {
        en: 'Data first: only who knows what was there can say after a failed rollout that nothing was lost.',
        zh: '先看数据：只有知道原来有什么，才能在更新失败之后说什么都没丢。',
      },
    },
    {
      id: 'rolled-back',
      title: { en: `${BROKEN} was rolled out, and the template set back`, zh: `先更新到 ${BROKEN}，再把模板改回来` },
      checks: [templateBack, rolledBack],
      hints: [
        {
          when: objectHas('StatefulSet', 'redis-sts', { [IMAGE]: BROKEN }),
          text: {
            en: `The template says ${BROKEN}. Look how far the update comes: \`kubectl get pods\`, and the events of redis-sts-1. Then do what everybody would do: roll back.`,
            zh: `模板现在是 ${BROKEN}。看看更新走到了哪一步：\`kubectl get pods\` 和 redis-sts-1 的事件。然后做人人都会做的事：回滚。`,
          },
        },
        {
          when: not(objectHas('StatefulSet', 'redis-sts')),
          text: {
            en: 'There is no StatefulSet redis-sts. Deleting it helps, at the price of every Pod; this lab is about something smaller. `statelab reset sts-stuck-rollout` begins anew.',
            zh: '没有名为 redis-sts 的 StatefulSet。删除它固然有用，代价却是所有 Pod；本实验要用更小的办法。`statelab reset sts-stuck-rollout` 可以重来。',
          },
        },
        {
          text: {
            en: `Set the image of container redis to ${BROKEN} with \`kubectl set image\`. Nothing good will come of it; that is the point.`,
            zh: `用 \`kubectl set image\` 把容器 redis 的镜像改成 ${BROKEN}。不会有好结果，这正是目的。`,
          },
        },
      ],
      learned: {
        en: 'A rollback makes the old revision the newest one. It says what the Pods should be, it does not say that one of them must go.',
        zh: '回滚只是让旧版本重新成为最新版本。它说明了 Pod 应该是什么样，却没有说哪个 Pod 必须先走。',
      },
    },
    {
      id: 'freed',
      title: { en: 'Both Redis run again, and the order is still there', zh: '两个 Redis 都恢复运行，order 还在' },
      checks: [
        ready,
        pvcBound(CLAIM, { request: '10Mi' }),
        order,
        survives(order, brokenRollout('redis-sts', { image: BROKEN })),
      ],
      hints: [
        STUCK,
        {
          when: podBroken,
          text: {
            en: 'The template still names the broken image: whatever you do to the Pod, it comes back broken. Roll back first.',
            zh: '模板里还是坏的镜像：不管对 Pod 做什么，它回来时还是坏的。先回滚。',
          },
        },
        {
          when: allOf(podReady('redis-sts-1'), not(order)),
          text: {
            en: 'redis-sts-1 runs, and the order is gone. Was its claim deleted? The claim holds the data; the Pod is all that had to go.',
            zh: 'redis-sts-1 在运行，order 却没有了。是不是连 PVC 也删了？数据在 PVC 里；要走的只是 Pod。',
          },
        },
        {
          text: {
            en: '`kubectl get pods -L controller-revision-hash` shows from which revision each Pod is, and `kubectl get controllerrevisions` which is the newest.',
            zh: '`kubectl get pods -L controller-revision-hash` 能看到每个 Pod 属于哪个版本，`kubectl get controllerrevisions` 能看到哪个是最新的。',
          },
        },
      ],
      learned: {
        en: 'A StatefulSet never deletes a Pod that is not ready in order to repair it (kubernetes#67250; true up to 1.36 at least). After a rollback somebody has to delete the Pod that hangs. Its claim is not touched by any of this.',
        zh: 'StatefulSet 不会为了修复而删除没有就绪的 Pod（kubernetes#67250；至少到 1.36 都是如此）。回滚之后，要有人删除卡住的那个 Pod。整个过程都不会动它的 PVC。',
      },
    },
  ],
  solution: [
    { ...set, task: 'data' },
    { ...breakIt, task: 'rolled-back' },
    back,
    {
      task: 'freed',
      delete: { kind: 'Pod', name: 'redis-sts-1' },
      why: {
        en: 'The controller makes it again, now from the template that works',
        zh: '控制器会重新创建它，这次用的是能工作的模板',
      },
      until: ready,
    },
  ],
  wrong: [
    {
      id: 'just-rolled-back',
      refusedBy: 'freed',
      steps: [set, breakIt, back],
    },
    {
      id: 'deleted-and-made-again',
      refusedBy: 'rolled-back',
      steps: [
        set,
        breakIt,
        {
          delete: { kind: 'StatefulSet', name: 'redis-sts' },
          why: { en: 'Both Pods go, also the one that worked', zh: '两个 Pod 都没了，包括正常的那个' },
        },
        { ...back, until: ready },
      ],
    },
    {
      id: 'claim-deleted-too',
      refusedBy: 'freed',
      steps: [
        set,
        breakIt,
        back,
        {
          delete: { kind: 'PersistentVolumeClaim', name: CLAIM, wait: false },
          why: { en: 'Everything that belongs to the Pod goes', zh: '把 Pod 的东西全部清掉' },
        },
        {
          delete: { kind: 'Pod', name: 'redis-sts-1' },
          why: { en: 'It comes back, with an empty volume', zh: '它回来了，卷却是空的' },
          until: ready,
        },
      ],
    },
  ],
})
