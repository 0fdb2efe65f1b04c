import {
  defineLab,
  eventSays,
  exportDirectory,
  exportFile,
  not,
  objectHas,
  podFile,
  podReady,
  podsApart,
  pvcBound,
  pvcPending,
} from 'statelab/lab'

const FILE = { directory: '100m-pv', file: 'a.txt' }
const MOUNT_ERROR = /FailedMount: .*(No such file or directory|access denied|no such export|resolve|refused|timed out|reach)/s

const bound = pvcBound('nfs-static-pvc', { storageClass: 'nfs-test', accessMode: 'ReadWriteMany' })
const written = exportFile({ ...FILE, contains: 'hello-world' })
const appended = exportFile({ ...FILE, contains: 'nfs-static-pod-2' })
const stuck = eventSays('Pod', 'nfs-wrong-pod', MOUNT_ERROR)

export default defineLab({
  id: 'nfs-static',
  track: 'nfs',
  minutes: 20,
  kubernetes: '>=1.27',
  requires: { nodes: 2 },
  title: { en: 'An NFS volume made by hand', zh: '手工创建 NFS 卷' },
  owns: {
    objects: [
      { kind: 'PersistentVolume', name: 'nfs-100m-pv' },
      { kind: 'PersistentVolume', name: 'nfs-wrong-pv' },
    ],
    exportDirectories: ['100m-pv'],
  },
  tasks: [
    {
      id: 'bound',
      title: { en: 'The claim is bound to a volume on the NFS server', zh: 'PVC 绑定到了 NFS 服务器上的卷' },
      checks: [
        exportDirectory({ directory: '100m-pv' }),
        objectHas('PersistentVolume', 'nfs-100m-pv', {
          'spec.storageClassName': 'nfs-test',
          'spec.capacity.storage': '100Mi',
          'spec.nfs.path': '/export/100m-pv',
          'spec.claimRef.name': 'nfs-static-pvc',
          'spec.claimRef.namespace': 'lab-nfs-static',
        }),
        bound,
      ],
      hints: [
        {
          when: not(exportDirectory({ directory: '100m-pv' })),
          text: {
            en: 'The server has no directory 100m-pv. A PV only names a directory; nobody makes it. Make it on the server, where the export is /export.',
            zh: '服务器上没有目录 100m-pv。PV 只是写了一个目录的名字，没有谁会去创建它。请到服务器上创建，导出目录在那里叫 /export。',
          },
        },
        {
          when: not(objectHas('PersistentVolume', 'nfs-100m-pv')),
          text: {
            en: 'There is no PV nfs-100m-pv yet. `kubectl explain pv.spec.nfs` shows the two fields that are new here. A PV belongs to no namespace.',
            zh: '还没有名为 nfs-100m-pv 的 PV。用 `kubectl explain pv.spec.nfs` 可以看到这里新出现的两个字段。PV 不属于任何命名空间。',
          },
        },
        {
          when: not(objectHas('PersistentVolume', 'nfs-100m-pv', { 'spec.nfs.path': '/export/100m-pv' })),
          text: {
            en: 'The path of the PV is not the directory on the server as a client names it: the exported path, then the directory. The source of a PV cannot be changed in place: delete the PV and apply it again.',
            zh: 'PV 里的路径不对。要按客户端看到的写法：先是导出路径，再是目录名。PV 的存储来源不能就地修改：删除这个 PV 再重新 apply。',
          },
        },
        {
          when: pvcPending('nfs-static-pvc'),
          text: {
            en: 'PVC nfs-static-pvc is Pending: no PV fits it. Compare class, access modes and size of the two: `kubectl get pv,pvc`. The class need not exist as an object, but both must name the same one.',
            zh: 'PVC nfs-static-pvc 处于 Pending：没有合适的 PV。用 `kubectl get pv,pvc` 比较两者的存储类、访问模式和大小。存储类可以没有对应的对象，但两边写的名字必须相同。',
          },
        },
        {
          when: objectHas('PersistentVolume', 'nfs-100m-pv', { 'status.phase': 'Released' }),
          text: {
            en: 'PV nfs-100m-pv is Released: it still belongs to a claim that was deleted, and no other may have it. Delete the PV (the directory stays) and apply it again.',
            zh: 'PV nfs-100m-pv 处于 Released：它还记着一个已经删除的 PVC，别的 PVC 不能用它。删除这个 PV（目录会保留），再重新 apply。',
          },
        },
        {
          text: {
            en: 'Three things are wanted: the directory 100m-pv on the server, PV nfs-100m-pv that names it, and PVC nfs-static-pvc in the namespace of this lab. The names, class and size are in the brief.',
            zh: '需要三样东西：服务器上的目录 100m-pv、指向它的 PV nfs-100m-pv，以及本实验命名空间里的 PVC nfs-static-pvc。名字、存储类和大小都写在任务说明里。',
          },
        },
      ],
      learned: {
        en: 'With a static volume a person makes the directory and the PV; Kubernetes only matches claim and volume, by class, access mode and size. It does not look whether the directory exists.',
        zh: '静态卷的目录和 PV 都由人来创建；Kubernetes 只按存储类、访问模式和大小把 PVC 和 PV 配对，并不检查目录是否存在。',
      },
    },
    {
      id: 'written',
      title: { en: 'What the Pod wrote is on the server', zh: 'Pod 写的文件在服务器上' },
      checks: [
        podReady('nfs-static-pod'),
        podFile('nfs-static-pod', { container: 'ngx-nfs-static-pod', path: '/tmp/a.txt', contains: 'hello-world' }),
        written,
      ],
      hints: [
        {
          when: eventSays('Pod', 'nfs-static-pod', MOUNT_ERROR),
          text: {
            en: 'The node cannot mount the volume. The last event of `kubectl describe pod nfs-static-pod` has the words of mount: does it complain about the server or about the path?',
            zh: '节点挂载不了这个卷。`kubectl describe pod nfs-static-pod` 的最后一个事件里有 mount 的原话：它说的是服务器的问题，还是路径的问题？',
          },
        },
        {
          when: podFile('nfs-static-pod', { path: '/tmp/a.txt', contains: 'hello-world' }),
          text: {
            en: 'The file is in the Pod but not in the directory on the server: what is mounted at /tmp is not this volume. `kubectl exec nfs-static-pod -- mount` shows what is.',
            zh: '文件在 Pod 里，却不在服务器的目录里：挂载在 /tmp 的不是这个卷。用 `kubectl exec nfs-static-pod -- mount` 看看挂载的是什么。',
          },
        },
        {
          when: podReady('nfs-static-pod'),
          text: {
            en: 'The Pod runs. Open a shell in it with `kubectl exec -it nfs-static-pod -- sh` and write /tmp/a.txt. The container must be named ngx-nfs-static-pod.',
            zh: 'Pod 已经运行。用 `kubectl exec -it nfs-static-pod -- sh` 进去，写 /tmp/a.txt。容器的名字必须是 ngx-nfs-static-pod。',
          },
        },
        {
          text: {
            en: 'Pod nfs-static-pod takes the claim as a volume and mounts it at /tmp in its container ngx-nfs-static-pod.',
            zh: 'Pod nfs-static-pod 把 PVC 作为卷，挂载到容器 ngx-nfs-static-pod 的 /tmp。',
          },
        },
      ],
      learned: {
        en: "The Pod names a claim, the claim a volume, the volume a server and a path. The Pod's manifest says nothing of NFS.",
        zh: 'Pod 只写 PVC，PVC 对应 PV，PV 里才有服务器和路径。Pod 的清单里看不到 NFS。',
      },
    },
    {
      id: 'shared',
      title: { en: 'A second Pod, on the other node, reads and appends', zh: '另一个节点上的第二个 Pod 能读，也能追加' },
      checks: [
        podReady('nfs-static-pod-2'),
        podsApart('nfs-static-pod', 'nfs-static-pod-2'),
        podFile('nfs-static-pod-2', { path: '/tmp/a.txt', contains: 'hello-world' }),
        podFile('nfs-static-pod', { path: '/tmp/a.txt', contains: 'nfs-static-pod-2' }),
        appended,
      ],
      hints: [
        {
          when: not(objectHas('Pod', 'nfs-static-pod-2')),
          text: {
            en: 'There is no Pod nfs-static-pod-2 yet. It uses the same claim. `kubectl get pod nfs-static-pod -o wide` shows which node it has to keep away from.',
            zh: '还没有 Pod nfs-static-pod-2。它使用同一个 PVC。用 `kubectl get pod nfs-static-pod -o wide` 看看它应该避开哪个节点。',
          },
        },
        {
          when: not(podsApart('nfs-static-pod', 'nfs-static-pod-2')),
          text: {
            en: 'The two Pods are not on two nodes. `nodeName`, a `nodeSelector` or `podAntiAffinity` decide where a Pod goes; it cannot move, so delete it and apply it again. With `podAntiAffinity` the first Pod needs the label that is selected.',
            zh: '两个 Pod 不在两个不同的节点上。Pod 去哪里，可以用 `nodeName`、`nodeSelector` 或 `podAntiAffinity` 决定；Pod 不会搬家，要删除后重新 apply。用 `podAntiAffinity` 的话，第一个 Pod 要有被选择的那个标签。',
          },
        },
        {
          text: {
            en: 'Append the name of the second Pod as a line of its own: inside of it, `hostname` prints it, and `>>` appends where `>` would replace.',
            zh: '把第二个 Pod 的名字作为一行追加进去：在它里面 `hostname` 就会输出名字；`>>` 是追加，`>` 会覆盖。',
          },
        },
      ],
      learned: {
        en: 'ReadWriteMany is a promise about nodes: Pods on several nodes may write at the same time. NFS keeps it; a disk that is attached to one node cannot.',
        zh: 'ReadWriteMany 说的是节点：多个节点上的 Pod 可以同时读写。NFS 做得到；只连接到一个节点的磁盘做不到。',
      },
    },
    {
      id: 'mount-error',
      title: {
        en: 'A volume with a wrong path: the Pod is stuck, and an event says why',
        zh: '路径写错的卷：Pod 卡住，事件说明了原因',
      },
      checks: [pvcBound('nfs-wrong-pvc'), objectHas('Pod', 'nfs-wrong-pod', { 'status.phase': 'Pending' }), stuck],
      hints: [
        {
          when: podReady('nfs-wrong-pod'),
          text: {
            en: 'Pod nfs-wrong-pod is ready: its volume could be mounted, so the path of nfs-wrong-pv exists on the server. This task wants one that does not.',
            zh: 'Pod nfs-wrong-pod 已就绪：卷挂载成功了，说明 nfs-wrong-pv 的路径在服务器上存在。这个任务要的是一个不存在的路径。',
          },
        },
        {
          when: pvcBound('nfs-wrong-pvc'),
          text: {
            en: 'The claim is bound, although its volume cannot be mounted. Make Pod nfs-wrong-pod that uses it, and follow `kubectl get events --watch`: a wrong path shows within seconds, a server that does not answer only after two minutes.',
            zh: 'PVC 已经绑定，尽管卷挂载不了。创建使用它的 Pod nfs-wrong-pod，然后看 `kubectl get events --watch`：路径写错几秒内就能看到，服务器没有响应则要等两分钟。',
          },
        },
        {
          text: {
            en: 'Make a second set: PV nfs-wrong-pv whose path is not on the server, PVC nfs-wrong-pvc (give both a class of their own), Pod nfs-wrong-pod. Leave them as they are.',
            zh: '再建一套：PV nfs-wrong-pv（路径在服务器上不存在）、PVC nfs-wrong-pvc（两者用另一个存储类的名字）、Pod nfs-wrong-pod。建好后不要再动。',
          },
        },
      ],
      learned: {
        en: 'Bound does not mean that it can be mounted. Only the node tries that, when a Pod comes; what it says is in the events of the Pod, as FailedMount.',
        zh: 'Bound 并不等于能挂载。只有在 Pod 来了以后，节点才会去挂载；它说的话在 Pod 的事件里，原因是 FailedMount。',
      },
    },
  ],
  solution: [
    {
      task: 'bound',
      onServer: { command: ['mkdir', '-p', '-m', '777', '/export/100m-pv'] },
      why: { en: 'Nobody else makes the directory of a static volume', zh: '静态卷的目录没有别人会创建' },
    },
    {
      apply: 'pv.yaml',
      why: { en: 'The volume: server, path, size, class', zh: '卷：服务器、路径、大小、存储类' },
    },
    {
      apply: 'pvc.yaml',
      why: { en: 'A claim that this volume fits', zh: '与这个卷匹配的 PVC' },
      until: bound,
    },
    {
      task: 'written',
      apply: 'pod.yaml',
      why: { en: 'A Pod that mounts the claim at /tmp', zh: '把 PVC 挂载到 /tmp 的 Pod' },
      until: podReady('nfs-static-pod'),
    },
    {
      exec: { pod: 'nfs-static-pod', command: ['sh', '-c', 'echo hello-world > /tmp/a.txt'] },
      why: { en: 'Something to find on the server', zh: '写一点东西，再到服务器上去找' },
      until: written,
    },
    {
      task: 'shared',
      apply: 'second-pod.yaml',
      why: { en: 'The same claim, on the other node', zh: '同一个 PVC，在另一个节点上' },
      until: podReady('nfs-static-pod-2'),
    },
    {
      exec: { pod: 'nfs-static-pod-2', command: ['sh', '-c', 'hostname >> /tmp/a.txt'] },
      why: { en: 'Both may write', zh: '两个 Pod 都能写' },
      until: appended,
    },
    {
      task: 'mount-error',
      apply: 'wrong-path.yaml',
      why: { en: 'The same with a path that is not on the server', zh: '同样的一套，但路径在服务器上不存在' },
      until: stuck,
    },
  ],
  wrong: [
    {
      id: 'other-class',
      refusedBy: 'bound',
      steps: [
        {
          onServer: { command: ['mkdir', '-p', '-m', '777', '/export/100m-pv'] },
          why: { en: 'The directory', zh: '目录' },
        },
        { apply: 'other-class.yaml', why: { en: 'A volume of another class', zh: '存储类不同的卷' } },
        { apply: 'pvc.yaml', why: { en: 'The claim waits for ever', zh: 'PVC 会一直等下去' } },
      ],
    },
    {
      id: 'same-node',
      refusedBy: 'shared',
      steps: [
        {
          onServer: { command: ['mkdir', '-p', '-m', '777', '/export/100m-pv'] },
          why: { en: 'The directory', zh: '目录' },
        },
        { apply: 'pv.yaml', why: { en: 'The volume', zh: '卷' } },
        { apply: 'pvc.yaml', why: { en: 'The claim', zh: 'PVC' }, until: bound },
        { apply: 'pod.yaml', why: { en: 'The first Pod', zh: '第一个 Pod' }, until: podReady('nfs-static-pod') },
        {
          apply: 'same-node.yaml',
          why: { en: 'The second Pod, beside the first', zh: '第二个 Pod，和第一个在同一个节点上' },
          until: podReady('nfs-static-pod-2'),
        },
        {
          exec: { pod: 'nfs-static-pod-2', command: ['sh', '-c', 'echo hello-world > /tmp/a.txt; hostname >> /tmp/a.txt'] },
          why: { en: 'The file looks right', zh: '文件看起来没有问题' },
        },
      ],
    },
  ],
})
