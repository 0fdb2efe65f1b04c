import {
  allOf,
  defineLab,
  mountedAt,
  not,
  objectHas,
  podDeleted,
  pvcBound,
  redisDumps,
  redisKey,
  statefulSetReady,
  survives,
} from 'statelab/lab'

const CLAIM_0 = 'redis-own-pvc-redis-sts-0'
const CLAIM_1 = 'redis-own-pvc-redis-sts-1'
const CLAIM = { storageClass: 'nfs-client', request: '10Mi' } as const

const two = objectHas('Deployment', 'redis-dep', { 'spec.replicas': 2, 'status.readyReplicas': 2 })
const sharing = mountedAt('Deployment', 'redis-dep', { claim: 'redis-shared-pvc', path: '/data' })
const ready = statefulSetReady('redis-sts', { replicas: 2 })
const templates = mountedAt('StatefulSet', 'redis-sts', { claimTemplate: 'redis-own-pvc', path: '/data' })
const red = redisKey('redis-sts-0', 'color', 'red')
const blue = redisKey('redis-sts-1', 'color', 'blue')

const scaleUp = {
  scale: { kind: 'Deployment', name: 'redis-dep', replicas: 2 },
  why: { en: 'A second Redis on the same directory', zh: '同一个目录上的第二个 Redis' },
  until: two,
} as const

export default defineLab({
  id: 'sts-vs-deployment',
  track: 'statefulset',
  minutes: 20,
  kubernetes: '>=1.27',
  title: { en: 'With a Deployment the data survives too. What is the difference?', zh: '用 Deployment 数据也不丢，区别在哪里？' },
  tasks: [
    {
      id: 'shared',
      title: {
        en: 'Two Redis of a Deployment share one claim, and overwrite each other',
        zh: 'Deployment 的两个 Redis 共用一个 PVC，互相覆盖',
      },
      checks: [two, sharing, redisDumps('Deployment', 'redis-dep', 'overwritten')],
      hints: [
        {
          when: not(objectHas('Deployment', 'redis-dep')),
          text: {
            en: 'There is no Deployment redis-dep. `statelab reset sts-vs-deployment` makes it again.',
            zh: '没有名为 redis-dep 的 Deployment。`statelab reset sts-vs-deployment` 可以重新创建。',
          },
        },
        {
          when: objectHas('Deployment', 'redis-dep', { 'spec.replicas': 1 }),
          text: {
            en: 'With one replica there is nobody to overwrite anything. What if one Redis is not enough? `kubectl scale`.',
            zh: '只有一个副本时，没有谁会覆盖谁。一个 Redis 不够用了怎么办？`kubectl scale`。',
          },
        },
        {
          when: not(sharing),
          text: {
            en: 'The Deployment does not mount redis-shared-pvc at /data any more. The point is what happens when both Pods do.',
            zh: 'Deployment 不再把 redis-shared-pvc 挂载到 /data 了。这里要看的，正是两个 Pod 都挂载它会怎样。',
          },
        },
        {
          text: {
            en: '`kubectl get pods -l app=redis-dep` gives the two names. Set the same key to different values in them, `redis-cli save` in one and then in the other, and look at dump.rdb after each.',
            zh: '`kubectl get pods -l app=redis-dep` 能看到两个名字。在两个 Pod 里把同一个键设成不同的值，先后在两边执行 `redis-cli save`，每次都看一看 dump.rdb。',
          },
        },
      ],
      learned: {
        en: 'ReadWriteMany lets many Pods mount a volume. It does not make a program fit for it: each Redis believes that the directory is its own.',
        zh: 'ReadWriteMany 只是允许多个 Pod 挂载同一个卷，并不能让程序学会共用：每个 Redis 都以为目录是自己的。',
      },
    },
    {
      id: 'own',
      title: { en: 'Two Redis of a StatefulSet have a claim each', zh: 'StatefulSet 的两个 Redis 各有自己的 PVC' },
      checks: [
        ready,
        templates,
        pvcBound(CLAIM_0, CLAIM),
        pvcBound(CLAIM_1, CLAIM),
        redisDumps('StatefulSet', 'redis-sts', 'own'),
      ],
      hints: [
        {
          when: not(objectHas('StatefulSet', 'redis-sts')),
          text: {
            en: 'There is no StatefulSet redis-sts yet. Begin with a copy of the Deployment: `kubectl get deployment redis-dep -o yaml`. What must be there besides? `kubectl explain statefulset.spec`.',
            zh: '还没有名为 redis-sts 的 StatefulSet。可以从 Deployment 的清单抄起：`kubectl get deployment redis-dep -o yaml`。还缺哪些字段？`kubectl explain statefulset.spec`。',
          },
        },
        {
          when: mountedAt('StatefulSet', 'redis-sts', { claim: 'redis-shared-pvc', path: '/data' }),
          text: {
            en: 'The StatefulSet mounts redis-shared-pvc: all its Pods have the same directory again. A claim under `volumes` is one claim for all; a claim for each Pod is asked for elsewhere.',
            zh: 'StatefulSet 挂载的是 redis-shared-pvc：所有 Pod 又共用一个目录了。写在 `volumes` 下的是大家共用的一个 PVC；每个 Pod 一个 PVC，要写在别的地方。',
          },
        },
        {
          when: not(templates),
          text: {
            en: 'The StatefulSet has no claim template redis-own-pvc that is mounted at /data. Templates cannot be added later: delete the StatefulSet and apply it again.',
            zh: 'StatefulSet 里没有挂载到 /data 的申领模板 redis-own-pvc。模板不能事后添加：请删除 StatefulSet 再重新 apply。',
          },
        },
        {
          text: {
            en: 'Compare with the brief: 2 replicas, label app: redis-sts, class nfs-client, 10Mi. `kubectl get pods,pvc` shows what is missing.',
            zh: '和任务说明比对：2 个副本，标签 app: redis-sts，存储类 nfs-client，10Mi。`kubectl get pods,pvc` 能看到还差什么。',
          },
        },
      ],
      learned: {
        en: 'A claim template is a claim for each ordinal. Pod redis-sts-1 gets redis-own-pvc-redis-sts-1, every time it is made.',
        zh: '申领模板为每个序号创建一个 PVC。Pod redis-sts-1 每次创建，得到的都是 redis-own-pvc-redis-sts-1。',
      },
    },
    {
      id: 'kept',
      title: { en: 'Each Redis comes back with its own color', zh: '每个 Redis 回来时都带着自己的 color' },
      checks: [red, blue, survives(red, podDeleted('redis-sts-0')), survives(blue, podDeleted('redis-sts-1'))],
      hints: [
        {
          when: allOf(ready, not(red)),
          text: {
            en: 'Set the key `color` in redis-sts-0 to red.',
            zh: '在 redis-sts-0 里把键 `color` 设为 red。',
          },
        },
        {
          when: allOf(ready, not(blue)),
          text: {
            en: 'Set the key `color` in redis-sts-1 to blue.',
            zh: '在 redis-sts-1 里把键 `color` 设为 blue。',
          },
        },
        {
          text: {
            en: 'Delete both Pods and read the colors again. Then try the same with the Pods of redis-dep, at the same time: which color do they come back with, and who can say beforehand?',
            zh: '删除两个 Pod，再读一次 color。然后对 redis-dep 的两个 Pod 也同时这么做：它们回来时是什么颜色？事先谁说得准？',
          },
        },
      ],
      learned: {
        en: 'A Deployment with a claim is right for one Pod, or for many that only read. As soon as each Pod has data of its own it must have a name of its own, so that it finds them again: a StatefulSet.',
        zh: 'Deployment 加一个 PVC，适合只有一个 Pod，或者多个 Pod 只读的情况。只要每个 Pod 有自己的数据，它就得有自己的名字，才能找回这些数据：这就是 StatefulSet。',
      },
    },
  ],
  solution: [
    { ...scaleUp, task: 'shared' },
    {
      task: 'own',
      apply: 'redis-sts.yaml',
      why: { en: 'A claim template: one claim for each Pod', zh: '申领模板：每个 Pod 一个 PVC' },
      until: ready,
    },
    {
      task: 'kept',
      exec: { pod: 'redis-sts-0', command: ['redis-cli', 'set', 'color', 'red'] },
      why: { en: 'One color for the one', zh: '一个 Redis 一种颜色' },
      until: red,
    },
    {
      exec: { pod: 'redis-sts-1', command: ['redis-cli', 'set', 'color', 'blue'] },
      why: { en: 'Another for the other', zh: '另一个换一种颜色' },
      until: blue,
    },
  ],
  wrong: [
    {
      id: 'no-claim',
      refusedBy: 'shared',
      steps: [
        {
          apply: 'no-claim.yaml',
          why: { en: 'A directory for each Pod that goes with it', zh: '每个 Pod 一个目录，Pod 没了目录也没了' },
          until: two,
        },
      ],
    },
    {
      id: 'shared-claim',
      refusedBy: 'own',
      steps: [
        {
          apply: 'shared-claim.yaml',
          why: { en: 'A StatefulSet with one claim for all', zh: '大家共用一个 PVC 的 StatefulSet' },
          until: ready,
        },
      ],
    },
  ],
})
