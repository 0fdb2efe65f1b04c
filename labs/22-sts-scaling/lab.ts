import {
  defineLab,
  not,
  objectHas,
  podReady,
  pvcBound,
  redisKey,
  scaled,
  scaleDownWaits,
  statefulSetReady,
  survives,
} from 'statelab/lab'

const SET = 'redis-pv-sts'
const MESSAGE = 'I was the third'
const claimOf = (ordinal: number): string => `redis-100m-pvc-${SET}-${ordinal}`
const message = redisKey(`${SET}-2`, 'message', MESSAGE)
const ready = statefulSetReady(SET, { replicas: 3 })

export default defineLab({
  id: 'sts-scaling',
  track: 'statefulset',
  minutes: 20,
  kubernetes: '>=1.27',
  title: { en: 'Up in order, down from the top', zh: '从小到大扩容，从大到小缩容' },
  tasks: [
    {
      id: 'claims',
      title: { en: 'Four claims, one for each Pod that there ever was', zh: '四个 PVC：每个存在过的 Pod 各有一个' },
      checks: [0, 1, 2, 3].map((ordinal) => pvcBound(claimOf(ordinal))),
      learned: {
        en: 'Scaling up makes claims, scaling down leaves them: data is more precious than the Pod that used it. Nobody removes them but you.',
        zh: '扩容会创建 PVC，缩容不会删除它们：数据比用它的 Pod 更珍贵。除了你，没有人会删掉它们。',
      },
      hints: [
        {
          when: not(objectHas('StatefulSet', SET)),
          text: {
            en: 'StatefulSet redis-pv-sts is gone. `statelab start sts-scaling` applies it again; the claims are still there.',
            zh: 'StatefulSet redis-pv-sts 不见了。`statelab start sts-scaling` 会重新 apply；PVC 还在。',
          },
        },
        {
          when: not(objectHas('PersistentVolumeClaim', claimOf(2))),
          text: {
            en: 'The third Pod has no claim yet: scale up to 4. If there was one, it was deleted, and with it the data: claims must be left alone when you scale down.',
            zh: '第三个 Pod 还没有 PVC：扩容到 4。如果曾经有过，那就是被删掉了，数据也随之丢失：缩容时不要动 PVC。',
          },
        },
        {
          when: not(objectHas('PersistentVolumeClaim', claimOf(3))),
          text: {
            en: 'There is no claim of a fourth Pod: scale up to 4 first. It stays when you scale down again.',
            zh: '没有第四个 Pod 的 PVC：先扩容到 4。再缩容时它会留下。',
          },
        },
        {
          text: {
            en: '`kubectl get pvc` lists the claims; `kubectl scale statefulset redis-pv-sts --replicas=…` makes more of them.',
            zh: '`kubectl get pvc` 列出所有 PVC；`kubectl scale statefulset redis-pv-sts --replicas=…` 会创建更多。',
          },
        },
      ],
    },
    {
      id: 'returned',
      title: {
        en: 'Three Pods again, and the third one has its old data',
        zh: '又是三个 Pod，而且第三个还有它原来的数据',
      },
      checks: [ready, message],
      learned: {
        en: 'A Pod that returns gets the claim of its name. It is a new Pod on an old volume.',
        zh: '回来的 Pod 按名字拿回自己的 PVC：Pod 是新的，卷是旧的。',
      },
      hints: [
        {
          when: objectHas('StatefulSet', SET, { 'spec.replicas': 4 }),
          text: {
            en: 'There are four replicas now. Write the message into redis-pv-sts-2, then go down to 1 and up to 3.',
            zh: '现在有四个副本。把 message 写到 redis-pv-sts-2，然后缩到 1，再扩到 3。',
          },
        },
        {
          when: objectHas('StatefulSet', SET, { 'spec.replicas': 1 }),
          text: {
            en: 'There is one replica now: look at `kubectl get pvc`, then scale up to 3.',
            zh: '现在只有一个副本：先看一眼 `kubectl get pvc`，再扩容到 3。',
          },
        },
        {
          when: objectHas('StatefulSet', SET, { 'spec.replicas': 2 }),
          text: {
            en: 'Two replicas are asked for; in the end there are to be three.',
            zh: '现在要求的是两个副本；最后应该是三个。',
          },
        },
        {
          when: not(podReady(`${SET}-1`)),
          text: {
            en: 'redis-pv-sts-1 is not ready, and nothing is scaled past it. Is there a file /tmp/ill in it?',
            zh: 'redis-pv-sts-1 没有就绪，后面的扩缩容都得等它。它里面有 /tmp/ill 文件吗？',
          },
        },
        {
          when: podReady(`${SET}-2`),
          text: {
            en: 'redis-pv-sts-2 runs, but does not know the message "I was the third". If it did once, its claim was deleted on the way.',
            zh: 'redis-pv-sts-2 在运行，但不知道 “I was the third” 这条 message。如果它曾经知道，那就是中途把它的 PVC 删掉了。',
          },
        },
        {
          text: {
            en: 'The message is written at four replicas, into redis-pv-sts-2. Then go down to 1 and up to 3, and read it again.',
            zh: '在四个副本的时候，把 message 写到 redis-pv-sts-2。然后缩到 1，再扩到 3，再读一次。',
          },
        },
      ],
    },
    {
      id: 'order',
      title: { en: 'Pods come in order, go from the highest, and keep their data', zh: 'Pod 按顺序来，从最大的走，数据不丢' },
      checks: [survives(message, scaled(SET, [4, 1]))],
      learned: {
        en: 'Up: the next once the one before is ready. Down: from the highest number, the next once the one before is gone. Number 0 comes first and goes last.',
        zh: '扩容：前一个就绪才创建下一个。缩容：从最大的编号开始，前一个消失才删下一个。编号 0 最先来，最后走。',
      },
      hints: [
        {
          text: {
            en: 'Watch it: `kubectl get pods --watch` in one terminal, `kubectl scale` in another. Which Pod is made, or ended, before which?',
            zh: '自己看一看：一个终端里 `kubectl get pods --watch`，另一个终端里 `kubectl scale`。哪个 Pod 先创建，哪个先结束？',
          },
        },
      ],
    },
    {
      id: 'waits',
      title: { en: 'No Pod is taken away while another one is ill', zh: '有 Pod 生病时，不会再减少 Pod' },
      checks: [scaleDownWaits(SET, { pod: `${SET}-1`, begin: ['touch', '/tmp/ill'], end: ['rm', '-f', '/tmp/ill'] })],
      learned: {
        en: 'One that is ill and one that is taken away would be two missing at once: for databases that vote, that may be one too many. So a StatefulSet waits.',
        zh: '一个生病，再撤走一个，就同时少了两个：对需要多数表决的数据库来说，可能就超过了限度。所以 StatefulSet 会等。',
      },
      hints: [
        {
          text: {
            en: 'Make redis-pv-sts-1 fall ill (`touch /tmp/ill`), scale to 2, and look at `kubectl get pods`. Then mend it. Do not forget to scale back to 3.',
            zh: '让 redis-pv-sts-1 生病（`touch /tmp/ill`），缩容到 2，看看 `kubectl get pods`。然后让它恢复。别忘了再扩容到 3。',
          },
        },
      ],
    },
  ],
  solution: [
    {
      task: 'claims',
      scale: { kind: 'StatefulSet', name: SET, replicas: 4 },
      why: { en: 'Two more Pods, with claims of their own', zh: '再来两个 Pod，各有自己的 PVC' },
      until: statefulSetReady(SET, { replicas: 4 }),
    },
    {
      task: 'returned',
      exec: { pod: `${SET}-2`, command: ['redis-cli', 'set', 'message', MESSAGE] },
      why: { en: 'Something to find again', zh: '写入一条数据，之后再来找它' },
      until: message,
    },
    {
      scale: { kind: 'StatefulSet', name: SET, replicas: 1 },
      why: { en: 'Three Pods go, from the highest; their claims stay', zh: '从编号最大的开始走掉三个 Pod；PVC 留下' },
      until: statefulSetReady(SET, { replicas: 1 }),
    },
    {
      scale: { kind: 'StatefulSet', name: SET, replicas: 3 },
      why: { en: 'Two come back, to their old claims', zh: '回来两个，用回原来的 PVC' },
      until: ready,
    },
  ],
  wrong: [
    {
      id: 'claims-deleted',
      refusedBy: 'returned',
      steps: [
        {
          scale: { kind: 'StatefulSet', name: SET, replicas: 3 },
          why: { en: 'A third Pod', zh: '第三个 Pod' },
          until: ready,
        },
        {
          exec: { pod: `${SET}-2`, command: ['redis-cli', 'set', 'message', MESSAGE] },
          why: { en: 'Something to find again', zh: '写入一条数据，之后再来找它' },
          until: message,
        },
        {
          scale: { kind: 'StatefulSet', name: SET, replicas: 1 },
          why: { en: 'Two Pods go', zh: '走掉两个 Pod' },
          until: statefulSetReady(SET, { replicas: 1 }),
        },
        {
          delete: { kind: 'PersistentVolumeClaim', name: claimOf(2) },
          why: { en: 'Tidied up too early: the data goes with the claim', zh: '收拾得太早：数据跟着 PVC 一起没了' },
        },
        {
          scale: { kind: 'StatefulSet', name: SET, replicas: 3 },
          why: { en: 'The Pod comes back to an empty volume', zh: 'Pod 回来了，卷是空的' },
          until: ready,
        },
      ],
    },
    {
      id: 'never-four',
      refusedBy: 'claims',
      steps: [
        {
          scale: { kind: 'StatefulSet', name: SET, replicas: 3 },
          why: { en: 'Straight to the end', zh: '直接到终点' },
          until: ready,
        },
      ],
    },
    {
      id: 'parallel',
      refusedBy: 'order',
      steps: [
        {
          delete: { kind: 'StatefulSet', name: SET, orphan: true },
          why: { en: 'The StatefulSet goes, its Pods stay', zh: '只删 StatefulSet，Pod 留下' },
        },
        {
          apply: 'parallel.yaml',
          why: { en: 'All at once: quicker, but without order', zh: '同时进行：更快，但没有顺序' },
          until: ready,
        },
        {
          exec: { pod: `${SET}-2`, command: ['redis-cli', 'set', 'message', MESSAGE] },
          why: { en: 'Something to find again', zh: '写入一条数据，之后再来找它' },
          until: message,
        },
      ],
    },
  ],
})
