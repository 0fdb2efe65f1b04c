import {
  defineLab,
  lost,
  mountedAt,
  nodeFile,
  noPodFile,
  not,
  objectHas,
  podFile,
  podReady,
  podRecreated,
  survives,
} from 'statelab/lab'

const POD = 'host-pvc-pod'
const file = podFile(POD, { path: '/tmp/a.txt', contains: 'hello world' })
const onDisk = nodeFile({ nodeOf: POD, path: '/tmp/host-node-pv/a.txt', contains: 'hello world' })

const podFromClaim = mountedAt('Pod', POD, { claim: 'host-5m-pvc', path: '/tmp', container: 'ngx-pvc-pod' })
const write = {
  exec: { pod: POD, command: ['sh', '-c', "echo 'hello world' > /tmp/a.txt"] },
  why: { en: 'A file in the volume', zh: '往卷里写一个文件' },
  until: file,
} as const

export default defineLab({
  id: 'hostpath-node',
  track: 'volumes',
  minutes: 15,
  kubernetes: '>=1.27',
  title: { en: 'A hostPath is the disk of one node', zh: 'hostPath 只是一个节点的磁盘' },
  requires: { nodes: 2 },
  owns: {
    objects: [{ kind: 'PersistentVolume', name: 'host-node-pv' }],
    nodePaths: ['/tmp/host-node-pv'],
  },
  tasks: [
    {
      id: 'pod',
      title: { en: 'Pod host-pvc-pod runs, with the claim at /tmp', zh: 'Pod host-pvc-pod 在运行，PVC 挂载在 /tmp' },
      checks: [podReady(POD), podFromClaim],
      hints: [
        {
          when: not(objectHas('Pod', POD)),
          text: {
            en: 'There is no Pod host-pvc-pod yet. It needs a volume of kind `persistentVolumeClaim` and a container that mounts it; `kubectl explain pod.spec.volumes.persistentVolumeClaim` helps.',
            zh: '还没有名为 host-pvc-pod 的 Pod。它需要一个 `persistentVolumeClaim` 类型的卷，并在容器里挂载；可以查看 `kubectl explain pod.spec.volumes.persistentVolumeClaim`。',
          },
        },
        {
          when: not(podFromClaim),
          text: {
            en: 'The container ngx-pvc-pod does not mount the claim host-5m-pvc at /tmp. A volume needs two places in the Pod: `volumes` says what it is, `volumeMounts` says where the container sees it. A Pod’s volumes cannot be changed: delete it and apply it again.',
            zh: '容器 ngx-pvc-pod 没有把 PVC host-5m-pvc 挂载到 /tmp。卷要写在两个地方：`volumes` 说明它是什么，`volumeMounts` 说明挂到容器的哪里。Pod 的卷不能修改：请删除后重新 apply。',
          },
        },
        {
          text: {
            en: 'The events at the end of `kubectl describe pod host-pvc-pod` say what it waits for.',
            zh: '`kubectl describe pod host-pvc-pod` 末尾的事件会说明它在等什么。',
          },
        },
      ],
      learned: {
        en: 'A Pod names a claim, not a volume: where the data really is, it does not know.',
        zh: 'Pod 写的是 PVC 的名字，而不是卷：数据到底在哪里，它并不知道。',
      },
    },
    {
      id: 'written',
      title: { en: 'a.txt is on the disk of the Pod’s node', zh: 'a.txt 就在 Pod 所在节点的磁盘上' },
      checks: [file, onDisk],
      hints: [
        {
          when: not(file),
          text: {
            en: 'In the Pod there is no /tmp/a.txt with `hello world` in it. `kubectl exec -it host-pvc-pod -- sh` opens a shell there.',
            zh: 'Pod 里还没有内容为 `hello world` 的 /tmp/a.txt。用 `kubectl exec -it host-pvc-pod -- sh` 可以进入容器的 shell。',
          },
        },
        {
          text: {
            en: 'The Pod sees the file, its node does not have it in /tmp/host-node-pv: then /tmp in the Pod is not that volume. Look at `volumes` in `kubectl get pod host-pvc-pod -o yaml`.',
            zh: 'Pod 里看得到文件，但节点的 /tmp/host-node-pv 里没有：说明 Pod 里的 /tmp 不是那个卷。看看 `kubectl get pod host-pvc-pod -o yaml` 里的 `volumes`。',
          },
        },
      ],
      learned: {
        en: 'hostPath is a directory of the node, no more: whoever is on the node sees the same file, and may change it.',
        zh: 'hostPath 就是节点上的一个目录：在节点上就能看到同一个文件，也能改它。',
      },
    },
    {
      id: 'same-node',
      title: { en: 'A new Pod on the same node finds it again', zh: '同一节点上的新 Pod 还能找到它' },
      checks: [survives(file, podRecreated(POD), { timeoutMs: 10_000 })],
      hints: [
        {
          text: {
            en: 'Delete the Pod and apply it again. Nothing makes it again by itself, and the scheduler may choose the other node: `kubectl get pod host-pvc-pod -o wide` shows which. `nodeName` or `nodeSelector` in the Pod keeps it where the file is.',
            zh: '删除 Pod 再重新 apply。没有谁会自动重建它，而且调度器可能选另一个节点：`kubectl get pod host-pvc-pod -o wide` 能看到是哪个。在 Pod 里写 `nodeName` 或 `nodeSelector`，就能让它留在文件所在的节点。',
          },
        },
      ],
      learned: {
        en: 'The data outlives the Pod, because it was never in the Pod.',
        zh: '数据比 Pod 活得更久，因为它本来就不在 Pod 里。',
      },
    },
    {
      id: 'other-node',
      title: { en: 'A Pod on the other node does not', zh: '另一个节点上的 Pod 找不到它' },
      checks: [lost(file, podRecreated(POD, { on: 'other' }), noPodFile(POD, { path: '/tmp/a.txt' })), onDisk],
      hints: [
        {
          when: not(file),
          text: {
            en: 'The Pod does not see the file now. Is it on the other node? Make it again on the node whose /tmp/host-node-pv holds a.txt.',
            zh: '现在 Pod 里看不到这个文件。它是不是在另一个节点上？请在 /tmp/host-node-pv 里有 a.txt 的那个节点上重建它。',
          },
        },
        {
          text: {
            en: '`statelab check` tries it: it makes the Pod again on the other node, looks, and puts it back. To see it yourself, make the Pod again with the `nodeName` of the other node and list /tmp; then bring it back to where the file is.',
            zh: '`statelab check` 会替你验证：在另一个节点上重建 Pod，看一看，再放回来。想亲自看，就用另一个节点的 `nodeName` 重建 Pod，列出 /tmp；然后再让它回到文件所在的节点。',
          },
        },
      ],
      learned: {
        en: 'The claim is bound all the time, and on the other node it is an empty directory: Kubernetes does not know that a hostPath is somewhere. A `local` volume with node affinity does, and storage on the network does not have the problem.',
        zh: 'PVC 一直是 Bound，可在另一个节点上它是个空目录：Kubernetes 不知道 hostPath 只在某个节点上。带节点亲和性的 `local` 卷知道这一点；网络存储则没有这个问题。',
      },
    },
  ],
  solution: [
    {
      task: 'pod',
      apply: 'host-pvc-pod.yaml',
      why: { en: 'A Pod that mounts the claim, kept on one node', zh: '挂载 PVC 的 Pod，并固定在一个节点上' },
      until: podReady(POD),
    },
    { task: 'written', ...write },
    {
      task: 'same-node',
      delete: { kind: 'Pod', name: POD },
      why: { en: 'Nothing makes this Pod again', zh: '没有谁会自动重建这个 Pod' },
    },
    {
      task: 'same-node',
      apply: 'host-pvc-pod.yaml',
      why: { en: 'The same Pod on the same node: the file is there', zh: '同一个节点上同样的 Pod：文件还在' },
      until: file,
    },
  ],
  wrong: [
    {
      id: 'emptydir',
      refusedBy: 'written',
      steps: [
        {
          apply: 'emptydir.yaml',
          why: { en: 'A Pod with an emptyDir at the same path', zh: '同样的路径，用的却是 emptyDir' },
          until: podReady(POD),
        },
        write,
      ],
    },
    {
      id: 'emptydir-is-lost',
      refusedBy: 'same-node',
      steps: [
        {
          apply: 'emptydir.yaml',
          why: { en: 'A Pod with an emptyDir at the same path', zh: '同样的路径，用的却是 emptyDir' },
          until: podReady(POD),
        },
        write,
      ],
    },
  ],
})
