import {
  allOf,
  defineLab,
  evictedWithin,
  exportFile,
  nodeStopped,
  not,
  objectHas,
  podReady,
  redisKey,
  statefulSetReady,
  survives,
} from 'statelab/lab'

const POD = 'redis-one-0'
const CLAIM = 'redis-10m-pvc-redis-one-0'

const ready = statefulSetReady('redis-one', { replicas: 1 })
const evicted = evictedWithin(POD, 10)
const message = redisKey(POD, 'message', 'hello world')
const saved = exportFile({ claim: CLAIM, file: 'dump.rdb', contains: 'hello world' })

const evictSoon = {
  apply: 'redis-one.yaml',
  why: { en: 'A Pod of a lost node is evicted after 5 s, not 300', zh: '节点失联后，Pod 过 5 秒就被驱逐，而不是 300 秒' },
  until: allOf(ready, evicted),
} as const
const set = {
  exec: { pod: POD, command: ['redis-cli', 'set', 'message', 'hello world'] },
  why: { en: 'Something to find again', zh: '写入一条数据，之后再来找它' },
} as const
const save = {
  exec: { pod: POD, command: ['redis-cli', 'save'] },
  why: { en: 'A power cut leaves no time to save', zh: '断电的时候可来不及保存' },
  until: saved,
} as const

export default defineLab({
  id: 'sts-at-most-one',
  track: 'statefulset',
  minutes: 25,
  kubernetes: '>=1.27',
  requires: { nodes: 2 },
  exclusive: true,
  title: { en: 'At most one: what a StatefulSet does when a node is lost', zh: '至多一个：节点失联时的 StatefulSet' },
  tasks: [
    {
      id: 'evicted',
      title: { en: 'redis-one-0 is evicted soon after its node is lost', zh: '节点失联后不久，redis-one-0 就会被驱逐' },
      checks: [ready, evicted],
      hints: [
        {
          when: not(objectHas('StatefulSet', 'redis-one')),
          text: {
            en: 'There is no StatefulSet redis-one. A Deployment is no substitute here: it would make a second Pod at once. `statelab reset sts-at-most-one` begins anew.',
            zh: '没有名为 redis-one 的 StatefulSet。这里不能用 Deployment 代替：它会立刻再建一个 Pod。`statelab reset sts-at-most-one` 可以重来。',
          },
        },
        {
          when: allOf(ready, evictedWithin(POD, 300)),
          text: {
            en: 'redis-one-0 tolerates the loss of its node for 300 s: the API has written that into it, because nobody said anything else. `kubectl get pod redis-one-0 -o yaml` shows it under `tolerations`; write your own into the template, for both taints.',
            zh: 'redis-one-0 会容忍节点失联 300 秒：没有人另作规定，所以 API 替你写上了。用 `kubectl get pod redis-one-0 -o yaml` 看 `tolerations`；请在模板里为这两个污点写上自己的值。',
          },
        },
        {
          text: {
            en: 'The Pod has to be ready, and from the template with the tolerations: `kubectl rollout status statefulset redis-one`.',
            zh: 'Pod 要就绪，而且要来自带容忍度的模板：`kubectl rollout status statefulset redis-one`。',
          },
        },
      ],
      learned: {
        en: 'Nothing happens at the moment of a power cut. The node has to be silent for node-monitor-grace-period (50 s by default, 30 s in this environment), and then the Pod is tolerated on it for tolerationSeconds (300 s by default).',
        zh: '断电的那一刻什么也不会发生。节点要先沉默 node-monitor-grace-period（默认 50 秒，这个环境里是 30 秒），然后 Pod 还会被容忍 tolerationSeconds（默认 300 秒）。',
      },
    },
    {
      id: 'saved',
      title: {
        en: 'Redis knows the message, and it is in the dump on the server',
        zh: 'Redis 存有 message，服务器上的 dump 里也有',
      },
      checks: [message, saved],
      hints: [
        {
          when: message,
          text: {
            en: 'The message is in the memory of Redis only. It saves when it is ended politely; a power cut is not polite. `redis-cli save` does it now.',
            zh: 'message 还只在 Redis 的内存里。正常终止时它会保存，断电可不会等它。现在就执行 `redis-cli save`。',
          },
        },
        {
          text: {
            en: "Set it with `kubectl exec redis-one-0 -- redis-cli set message 'hello world'`.",
            zh: "用 `kubectl exec redis-one-0 -- redis-cli set message 'hello world'` 写入。",
          },
        },
      ],
      learned: {
        en: 'What has to survive a power cut must be on the volume before it. The claim is not on the node; the memory of the process is.',
        zh: '要经得起断电，数据必须事先写到卷上。PVC 不在节点上，进程的内存却在。',
      },
    },
    {
      id: 'at-most-one',
      title: {
        en: 'Its node is lost: no twin, the same data elsewhere, and still one when the node is back',
        zh: '节点失联：没有第二个 Pod，数据在别处恢复，节点回来后仍然只有一个',
      },
      checks: [survives(message, nodeStopped(POD))],
      hints: [
        {
          when: not(objectHas('StatefulSet', 'redis-one')),
          text: {
            en: 'The StatefulSet is gone. That gets rid of the Pod, and of the one who would make it again. `statelab reset sts-at-most-one` begins anew.',
            zh: 'StatefulSet 没有了。Pod 是摆脱了，会重建它的控制器也一并没了。`statelab reset sts-at-most-one` 可以重来。',
          },
        },
        {
          when: podReady(POD, { node: 'control-plane' }),
          text: {
            en: 'redis-one-0 runs on the control plane. That node cannot be switched off, the API is there. When the worker is Ready, delete the Pod: it prefers a worker.',
            zh: 'redis-one-0 在 control-plane 节点上。这个节点不能断电，API 就在上面。等 worker 节点 Ready 之后删除这个 Pod：它会优先选择 worker。',
          },
        },
        {
          when: not(podReady(POD)),
          text: {
            en: 'redis-one-0 is not ready. Is its node away? `kubectl get nodes`. A Pod that is Terminating there waits for a word of its kubelet, and that is what you are here to see. When you have seen enough, you know more than the controller: you know that the machine is off.',
            zh: 'redis-one-0 没有就绪。是它的节点失联了吗？看看 `kubectl get nodes`。那里的 Pod 停在 Terminating，是在等 kubelet 的回话，这正是要看的现象。看够了之后：你比控制器多知道一件事，你知道那台机器确实断电了。',
          },
        },
        {
          text: {
            en: 'The check switches the node off itself, waits until the Pod is evicted, forces its deletion, and switches the node on again: about a minute and a half. Or do it yourself first, with the commands of the brief; that counts.',
            zh: '检查会自己让节点断电，等 Pod 被驱逐，再强制删除它，最后恢复供电：大约一分半钟。你也可以先照任务说明里的命令自己做一遍，同样算数。',
          },
        },
      ],
      learned: {
        en: 'The controller cannot tell a dead node from one that does not answer, so it never makes a second Pod of one name. Only somebody who knows that the machine is off may force the deletion; with a node that still runs there would be two.',
        zh: '控制器分不清节点是死了，还是只是不回话，所以绝不会创建第二个同名的 Pod。只有确定机器已经断电的人才可以强制删除；如果节点其实还在运行，就会有两个。',
      },
    },
  ],
  solution: [{ ...evictSoon, task: 'evicted' }, { ...set, task: 'saved', until: message }, save],
  wrong: [
    {
      id: 'deployment',
      refusedBy: 'evicted',
      steps: [
        {
          delete: { kind: 'StatefulSet', name: 'redis-one' },
          why: { en: 'A Deployment comes back sooner', zh: 'Deployment 恢复得更快' },
        },
        {
          apply: 'deployment.yaml',
          why: { en: 'It would make a second Pod while the first may still run', zh: '第一个 Pod 可能还在运行，它就会再建一个' },
          until: objectHas('Deployment', 'redis-one', { 'status.readyReplicas': 1 }),
        },
      ],
    },
    {
      id: 'not-saved',
      refusedBy: 'saved',
      steps: [evictSoon, { ...set, until: message }],
    },
    {
      id: 'statefulset-deleted',
      refusedBy: 'at-most-one',
      steps: [
        evictSoon,
        { ...set, until: message },
        save,
        {
          delete: { kind: 'StatefulSet', name: 'redis-one' },
          why: {
            en: 'The Pod that hangs goes with its owner, and nobody makes it again',
            zh: '卡住的 Pod 跟着属主一起消失，再也没有谁会重建它',
          },
        },
      ],
    },
  ],
})
