import {
  allOf,
  defineLab,
  exportFile,
  mountedAt,
  not,
  objectHas,
  podFile,
  podPending,
  podPrints,
  podReady,
  pvcBound,
  pvcPending,
} from 'statelab/lab'

const claims = [
  pvcBound('modes-rwo', { storageClass: 'nfs-client', accessMode: 'ReadWriteOnce', request: '10Mi' }),
  pvcBound('modes-rox', { storageClass: 'nfs-client', accessMode: 'ReadOnlyMany', request: '10Mi' }),
  pvcBound('modes-rwx', { storageClass: 'nfs-client', accessMode: 'ReadWriteMany', request: '10Mi' }),
  pvcBound('modes-rwop', { storageClass: 'nfs-client', accessMode: 'ReadWriteOncePod', request: '10Mi' }),
]

const onControlPlane = podReady('rwx-control-plane', { node: 'control-plane' })
const onWorker = podReady('rwx-worker', { node: 'worker' })
const readOnly = podPrints('rox-pod', ['grep', ' /data ', '/proc/mounts'], /\/data \S+ ro,/)
const refused = podPending('rwop-2', { because: /ReadWriteOncePod/ })

const writes = (pod: string, file: string) =>
  ({
    exec: { pod, command: ['sh', '-c', `hostname > /data/${file}`] },
    why: { en: `A file from ${pod}`, zh: `从 ${pod} 写一个文件` },
  }) as const

export default defineLab({
  id: 'access-modes',
  track: 'volumes',
  minutes: 20,
  kubernetes: '>=1.29',
  title: { en: 'Access modes: what they promise, and who keeps it', zh: '访问模式：承诺了什么，由谁来保证' },
  requires: { nodes: 2 },
  tasks: [
    {
      id: 'claims',
      title: { en: 'Four claims, one of each access mode', zh: '四个 PVC，四种访问模式各一个' },
      checks: claims,
      hints: [
        {
          when: pvcPending('modes-rwop'),
          text: {
            en: 'modes-rwop is Pending: `kubectl describe pvc modes-rwop` says why. ReadWriteOncePod cannot be combined with another mode.',
            zh: 'modes-rwop 处于 Pending：`kubectl describe pvc modes-rwop` 会说明原因。ReadWriteOncePod 不能和别的模式一起写。',
          },
        },
        {
          text: {
            en: '`kubectl get pvc` shows class, size and mode of each: RWO, ROX, RWX, RWOP. The modes of a claim cannot be changed: delete it and apply it again.',
            zh: '`kubectl get pvc` 能看到每个 PVC 的存储类、大小和模式：RWO、ROX、RWX、RWOP。模式不能修改：请删除 PVC 再重新 apply。',
          },
        },
      ],
      learned: {
        en: 'The provisioner makes the same kind of directory for all four. The mode is a label by which claim and volume are matched.',
        zh: '这四种 PVC，provisioner 创建的目录没有区别。访问模式首先是一个标签，用来匹配 PVC 和卷。',
      },
    },
    {
      id: 'rwx',
      title: { en: 'ReadWriteMany: Pods on both nodes write', zh: 'ReadWriteMany：两个节点上的 Pod 都能写' },
      checks: [
        onControlPlane,
        onWorker,
        mountedAt('Pod', 'rwx-control-plane', { claim: 'modes-rwx', path: '/data' }),
        mountedAt('Pod', 'rwx-worker', { claim: 'modes-rwx', path: '/data' }),
        podFile('rwx-worker', { path: '/data/control-plane.txt', contains: 'rwx-control-plane' }),
        podFile('rwx-control-plane', { path: '/data/worker.txt', contains: 'rwx-worker' }),
        exportFile({ claim: 'modes-rwx', file: 'control-plane.txt', contains: 'rwx-control-plane' }),
        exportFile({ claim: 'modes-rwx', file: 'worker.txt', contains: 'rwx-worker' }),
      ],
      hints: [
        {
          when: not(allOf(objectHas('Pod', 'rwx-control-plane'), objectHas('Pod', 'rwx-worker'))),
          text: {
            en: 'Two Pods are wanted, rwx-control-plane and rwx-worker, both with the claim modes-rwx at /data. `nodeName` puts each on its node.',
            zh: '需要两个 Pod：rwx-control-plane 和 rwx-worker，都把 PVC modes-rwx 挂载到 /data。用 `nodeName` 可以指定各自的节点。',
          },
        },
        {
          when: not(allOf(onControlPlane, onWorker)),
          text: {
            en: 'A Pod is not ready, or not on its node: `kubectl get pods -o wide`. A Pod cannot move: delete it and apply it again with another `nodeName`.',
            zh: '有 Pod 没有就绪，或者不在该在的节点上：`kubectl get pods -o wide`。Pod 不能移动：请删除后换一个 `nodeName` 重新 apply。',
          },
        },
        {
          text: {
            en: 'Each Pod writes its own name: `hostname > /data/control-plane.txt` in the one, `hostname > /data/worker.txt` in the other. Then each must see both files.',
            zh: '每个 Pod 写下自己的名字：一个执行 `hostname > /data/control-plane.txt`，另一个执行 `hostname > /data/worker.txt`。之后两边都应该看到两个文件。',
          },
        },
      ],
      learned: {
        en: 'Many nodes, many writers: that is a property of the storage. NFS can do it, the disk of a cloud cannot.',
        zh: '多个节点同时写，靠的是存储本身的能力：NFS 做得到，云硬盘做不到。',
      },
    },
    {
      id: 'rox',
      title: { en: 'ReadOnlyMany: a Pod that can only read', zh: 'ReadOnlyMany：只能读的 Pod' },
      checks: [podReady('rox-pod'), mountedAt('Pod', 'rox-pod', { claim: 'modes-rox', path: '/data' }), readOnly],
      hints: [
        {
          when: not(objectHas('Pod', 'rox-pod')),
          text: {
            en: 'There is no Pod rox-pod yet: the claim modes-rox at /data, read-only.',
            zh: '还没有名为 rox-pod 的 Pod：把 PVC modes-rox 只读地挂载到 /data。',
          },
        },
        {
          when: allOf(podReady('rox-pod'), not(readOnly)),
          text: {
            en: 'Try `kubectl exec rox-pod -- touch /data/x`: it works, although the claim says ReadOnlyMany. The mode of the claim does not make the mount read-only; `kubectl explain pod.spec.volumes.persistentVolumeClaim` names the field that does.',
            zh: '试试 `kubectl exec rox-pod -- touch /data/x`：居然能写，尽管 PVC 写的是 ReadOnlyMany。PVC 的模式不会让挂载变成只读；`kubectl explain pod.spec.volumes.persistentVolumeClaim` 里有起作用的那个字段。',
          },
        },
        {
          text: {
            en: '`kubectl describe pod rox-pod` says what it waits for, and which claim it mounts where.',
            zh: '`kubectl describe pod rox-pod` 会说明它在等什么，以及哪个 PVC 挂载在哪里。',
          },
        },
      ],
      learned: {
        en: 'ReadOnlyMany on the claim forbids nothing here. What makes a mount read-only is `readOnly: true` in the Pod.',
        zh: '在这里，PVC 上的 ReadOnlyMany 什么也禁止不了。让挂载变成只读的，是 Pod 里的 `readOnly: true`。',
      },
    },
    {
      id: 'rwop',
      title: { en: 'ReadWriteOncePod: a second Pod has to wait', zh: 'ReadWriteOncePod：第二个 Pod 只能等' },
      checks: [podReady('rwop-1'), mountedAt('Pod', 'rwop-1', { claim: 'modes-rwop', path: '/data' }), refused],
      hints: [
        {
          when: podReady('rwop-2'),
          text: {
            en: 'rwop-2 runs. Either rwop-1 does not have the claim, or the mode of the claim modes-rwop is not ReadWriteOncePod: ReadWriteOnce means one node, and NFS does not even keep to that.',
            zh: 'rwop-2 在运行。要么 rwop-1 没有占用这个 PVC，要么 modes-rwop 的模式不是 ReadWriteOncePod：ReadWriteOnce 指的是一个节点，而 NFS 连这一点也不保证。',
          },
        },
        {
          when: not(objectHas('Pod', 'rwop-1')),
          text: {
            en: 'Make the Pod rwop-1 with the claim modes-rwop at /data, wait until it runs, and then the same as rwop-2.',
            zh: '先创建 Pod rwop-1，把 PVC modes-rwop 挂载到 /data；等它运行起来，再照样创建 rwop-2。',
          },
        },
        {
          text: {
            en: 'rwop-1 must run and rwop-2 must wait. `kubectl describe pod rwop-2` ends with what the scheduler says about it. If another Pod has the claim, delete that one.',
            zh: 'rwop-1 要在运行，rwop-2 要在等待。`kubectl describe pod rwop-2` 末尾是调度器给出的理由。如果别的 Pod 占着这个 PVC，请删掉它。',
          },
        },
      ],
      learned: {
        en: 'The one mode that is enforced, and by the scheduler: it looks whether a Pod uses the claim already. A Pod that is given its node by `nodeName` passes it by.',
        zh: '这是唯一被强制执行的模式，执行者是调度器：它会看这个 PVC 是否已有 Pod 在用。用 `nodeName` 直接指定节点的 Pod 则会绕过它。',
      },
    },
  ],
  solution: [
    {
      task: 'claims',
      apply: 'claims.yaml',
      why: { en: 'One claim of each mode', zh: '每种模式一个 PVC' },
      until: allOf(...claims),
    },
    {
      task: 'rwx',
      apply: 'rwx.yaml',
      why: { en: 'A Pod on each node, both with the same claim', zh: '两个节点上各一个 Pod，用同一个 PVC' },
      until: allOf(onControlPlane, onWorker),
    },
    { task: 'rwx', ...writes('rwx-control-plane', 'control-plane.txt') },
    { task: 'rwx', ...writes('rwx-worker', 'worker.txt') },
    {
      task: 'rox',
      apply: 'rox.yaml',
      why: { en: 'Read-only because the Pod says so', zh: '只读，是因为 Pod 里写明了' },
      until: podReady('rox-pod'),
    },
    {
      task: 'rwop',
      apply: 'rwop-1.yaml',
      why: { en: 'The one Pod that may have the claim', zh: '唯一能使用这个 PVC 的 Pod' },
      until: podReady('rwop-1'),
    },
    {
      task: 'rwop',
      apply: 'rwop-2.yaml',
      why: { en: 'A second one, which the scheduler refuses a node', zh: '第二个 Pod，调度器不给它节点' },
      until: refused,
    },
  ],
  wrong: [
    {
      id: 'rwo-for-rwop',
      refusedBy: 'rwop',
      steps: [
        {
          apply: 'claims.yaml',
          why: { en: 'ReadWriteOnce in place of ReadWriteOncePod', zh: '把 ReadWriteOncePod 写成了 ReadWriteOnce' },
        },
        { apply: 'rwop-1.yaml', why: { en: 'The first Pod', zh: '第一个 Pod' }, until: podReady('rwop-1') },
        {
          apply: 'rwop-2.yaml',
          why: { en: 'The second one runs as well', zh: '第二个也能运行' },
          until: podReady('rwop-2'),
        },
      ],
    },
    {
      id: 'mode-alone',
      refusedBy: 'rox',
      steps: [
        { apply: 'claims.yaml', why: { en: 'The claims', zh: '这些 PVC' } },
        {
          apply: 'rox.yaml',
          why: { en: 'A Pod that relies on the mode of the claim', zh: '只依赖 PVC 访问模式的 Pod' },
          until: podReady('rox-pod'),
        },
      ],
    },
  ],
})
