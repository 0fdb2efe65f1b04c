import {
  daemonSetReady,
  defineLab,
  lineForEachNode,
  mountedAt,
  nodeRestarted,
  not,
  objectHas,
  ownedPodsDeleted,
  pvcBound,
  pvcPending,
  survives,
} from 'statelab/lab'

const ready = daemonSetReady('node-agent')
const lines = lineForEachNode({ claim: 'agent-lines', by: 'node-agent' })
/** An agent writes when it starts. */
const SOON = { timeoutMs: 20_000 }

const claim = {
  apply: 'lines.yaml',
  why: { en: 'One volume that Pods on every node can write to', zh: '一个所有节点上的 Pod 都能写的卷' },
  until: pvcBound('agent-lines'),
} as const

export default defineLab({
  id: 'node-agent',
  track: 'operate',
  minutes: 20,
  kubernetes: '>=1.27',
  requires: { nodes: 2 },
  exclusive: true,
  title: { en: 'One agent on every node', zh: '每个节点上一个 agent' },
  tasks: [
    {
      id: 'agents',
      title: { en: 'DaemonSet node-agent runs on every node', zh: 'DaemonSet node-agent 在每个节点上运行' },
      checks: [ready],
      hints: [
        {
          when: not(objectHas('DaemonSet', 'node-agent')),
          text: {
            en: 'There is no DaemonSet node-agent yet. It is written like a Deployment without `replicas` and `strategy`: there are as many Pods as nodes.',
            zh: '还没有 DaemonSet node-agent。它的写法像去掉了 `replicas` 和 `strategy` 的 Deployment：有多少个节点就有多少个 Pod。',
          },
        },
        {
          when: objectHas('Deployment', 'node-agent'),
          text: {
            en: 'There is a Deployment node-agent as well. Its Pods go where there is room, two of them may share a node: delete it.',
            zh: '还有一个名为 node-agent 的 Deployment。它的 Pod 哪里有空就去哪里，可能有两个在同一个节点上：请删除它。',
          },
        },
        {
          when: pvcPending('agent-lines'),
          text: {
            en: 'The Pods wait for PVC agent-lines, which is Pending: `kubectl describe pvc agent-lines` ends with the reason.',
            zh: 'Pod 在等 PVC agent-lines，而它处于 Pending：`kubectl describe pvc agent-lines` 的末尾写着原因。',
          },
        },
        {
          text: {
            en: '`kubectl get pods -o wide` shows which node has no agent. A `nodeSelector`, an affinity or a taint keeps Pods away: `kubectl get nodes -o custom-columns=NAME:.metadata.name,TAINTS:.spec.taints`.',
            zh: '`kubectl get pods -o wide` 可以看到哪个节点上没有 agent。`nodeSelector`、亲和性或者污点会让 Pod 去不了某个节点：`kubectl get nodes -o custom-columns=NAME:.metadata.name,TAINTS:.spec.taints`。',
          },
        },
      ],
      learned: {
        en: 'A DaemonSet has no number of replicas: the nodes are the number. A node that joins gets its Pod by itself.',
        zh: 'DaemonSet 没有副本数：节点数就是副本数。新节点加入后，会自动得到自己的 Pod。',
      },
    },
    {
      id: 'lines',
      title: { en: 'Every agent has written its line onto the one volume', zh: '每个 agent 都在同一个卷上写了自己的一行' },
      checks: [
        pvcBound('agent-lines', { storageClass: 'nfs-client', accessMode: 'ReadWriteMany', request: '10Mi' }),
        mountedAt('DaemonSet', 'node-agent', { claim: 'agent-lines', path: '/lines' }),
        lines,
      ],
      hints: [
        {
          when: not(objectHas('PersistentVolumeClaim', 'agent-lines')),
          text: {
            en: 'There is no PVC agent-lines yet: class nfs-client, access mode ReadWriteMany, 10Mi. A DaemonSet has no claim templates: all its Pods share the claim that is named under `volumes`.',
            zh: '还没有 PVC agent-lines：存储类 nfs-client，访问模式 ReadWriteMany，10Mi。DaemonSet 没有申领模板：它的所有 Pod 共用 `volumes` 里写的那个 PVC。',
          },
        },
        {
          when: not(mountedAt('DaemonSet', 'node-agent', { claim: 'agent-lines', path: '/lines' })),
          text: {
            en: 'The agents do not mount PVC agent-lines at /lines. With `hostPath` or `emptyDir` each would write onto its own node.',
            zh: 'agent 没有把 PVC agent-lines 挂载到 /lines。用 `hostPath` 或 `emptyDir` 的话，各自只会写在自己的节点上。',
          },
        },
        {
          text: {
            en: 'Each agent writes a file of its own, named as its node is; the name comes from the downward API: `valueFrom.fieldRef.fieldPath: spec.nodeName`. One line each: write with `>`, not with `>>`. `kubectl exec ds/node-agent -- sh -c "head /lines/*"` shows all of them.',
            zh: '每个 agent 写自己的文件，文件名就是节点名；节点名来自 downward API：`valueFrom.fieldRef.fieldPath: spec.nodeName`。每个文件只有一行：用 `>` 写，不要用 `>>`。`kubectl exec ds/node-agent -- sh -c "head /lines/*"` 可以看到全部。',
          },
        },
      ],
      learned: {
        en: 'ReadWriteMany is what lets Pods on different nodes write to one volume. Who writes what is for them to agree on: a file for each is the simplest agreement.',
        zh: 'ReadWriteMany 让不同节点上的 Pod 写同一个卷。谁写什么要由它们自己约定：各写各的文件是最简单的约定。',
      },
    },
    {
      id: 'returns',
      title: {
        en: 'An agent that ends, and a node that leaves, come back with their line',
        zh: 'agent 结束或者节点离开，回来之后各自的那一行也回来',
      },
      checks: [
        survives(lines, ownedPodsDeleted('DaemonSet', 'node-agent', { on: 'worker' }), SOON),
        survives(lines, nodeRestarted('worker', { daemonSet: 'node-agent' }), SOON),
      ],
      hints: [
        {
          when: not(ready),
          text: {
            en: 'A node has no ready agent at the moment. After a power cut a kubelet needs about half a minute; `kubectl get nodes` and `kubectl get pods -o wide` show how far it is.',
            zh: '现在有一个节点上没有就绪的 agent。断电之后 kubelet 大约需要半分钟才能回来；`kubectl get nodes` 和 `kubectl get pods -o wide` 可以看到进展。',
          },
        },
        {
          text: {
            en: 'Delete an agent (`kubectl delete pod …`) and look at the files: a second line means that the agent appends when it starts; a line with an old time means that it does not write again.',
            zh: '删除一个 agent（`kubectl delete pod …`）再看文件：多出第二行，说明 agent 启动时在追加；时间还是旧的，说明它没有重新写。',
          },
        },
      ],
      learned: {
        en: 'The Pods of a DaemonSet tolerate that their node is gone: they are not moved, because their work is on that node. A Deployment’s Pods are moved after five minutes; a StatefulSet’s wait for the node.',
        zh: 'DaemonSet 的 Pod 容忍节点失联：它们不会被移走，因为它们的工作就在那个节点上。Deployment 的 Pod 五分钟后会被移到别处；StatefulSet 的 Pod 则一直等节点回来。',
      },
    },
  ],
  solution: [
    { task: 'agents', ...claim },
    {
      task: 'agents',
      apply: 'node-agent.yaml',
      why: { en: 'An agent for every node, which knows the name of its node', zh: '每个节点一个 agent，它知道自己节点的名字' },
      until: lines,
    },
  ],
  wrong: [
    {
      id: 'deployment',
      refusedBy: 'agents',
      steps: [
        claim,
        { apply: 'deployment.yaml', why: { en: 'As many Pods as nodes, but anywhere', zh: 'Pod 数和节点数一样，但位置不定' } },
      ],
    },
    {
      id: 'only-worker',
      refusedBy: 'agents',
      steps: [
        claim,
        {
          apply: 'only-worker.yaml',
          why: { en: 'No agent on the control plane', zh: '控制平面节点上没有 agent' },
          until: objectHas('DaemonSet', 'node-agent', { 'status.numberReady': 1 }),
        },
      ],
    },
    {
      id: 'one-file',
      refusedBy: 'lines',
      steps: [
        claim,
        {
          apply: 'one-file.yaml',
          why: {
            en: 'All agents write to the same file, and the last one wins',
            zh: '所有 agent 写同一个文件，最后写的覆盖前面的',
          },
          until: ready,
        },
      ],
    },
    {
      id: 'appends',
      refusedBy: 'returns',
      steps: [
        claim,
        {
          apply: 'appends.yaml',
          why: { en: 'A line more with every start of the agent', zh: 'agent 每次启动都多写一行' },
          until: lines,
        },
      ],
    },
  ],
})
