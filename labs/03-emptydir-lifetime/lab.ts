import { containerCrashed, defineLab, endsWithPod, not, objectHas, podFile, podReady, survives } from 'statelab/lab'

const POD = 'emptydir-pod'
const written = podFile(POD, { container: 'writer', path: '/cache/a.txt', contains: 'hello world' })
const shared = podFile(POD, { container: 'reader', path: '/cache/a.txt', contains: 'hello world' })

const write = {
  exec: { pod: POD, container: 'writer', command: ['sh', '-c', "echo 'hello world' > /cache/a.txt"] },
  why: { en: 'A file in the shared directory', zh: '往共享目录里写一个文件' },
  until: written,
} as const

export default defineLab({
  id: 'emptydir-lifetime',
  track: 'volumes',
  minutes: 10,
  kubernetes: '>=1.27',
  title: { en: 'An emptyDir lives as long as its Pod', zh: 'emptyDir 和 Pod 同生共死' },
  owns: { nodePaths: ['/tmp/emptydir-lifetime'] },
  // A hostPath in the Pod is the mistake to be made here; baseline would refuse it before anybody has seen what it does.
  podSecurity: 'privileged',
  tasks: [
    {
      id: 'shared',
      title: { en: 'What one container writes, the other reads', zh: '一个容器写入，另一个容器读到' },
      checks: [podReady(POD), written, shared],
      hints: [
        {
          when: not(objectHas('Pod', POD)),
          text: {
            en: 'There is no Pod emptydir-pod yet. It has one volume, `emptyDir: {}`, and two containers, writer and reader, that both mount it at /cache.',
            zh: '还没有名为 emptydir-pod 的 Pod。它有一个卷 `emptyDir: {}`，还有两个容器 writer 和 reader，都把它挂载到 /cache。',
          },
        },
        {
          when: not(podReady(POD)),
          text: {
            en: 'The Pod is not ready: `kubectl describe pod emptydir-pod` says which container, and why. Two nginx in one Pod both want port 80; take redis for the other.',
            zh: 'Pod 还没有就绪：`kubectl describe pod emptydir-pod` 会说明是哪个容器、为什么。同一个 Pod 里的两个 nginx 会争用 80 端口，另一个请用 redis。',
          },
        },
        {
          when: not(written),
          text: {
            en: 'The container writer has no /cache/a.txt with `hello world` in it. `kubectl exec -it emptydir-pod -c writer -- sh` opens a shell there; a new Pod begins with an empty directory.',
            zh: '容器 writer 里还没有内容为 `hello world` 的 /cache/a.txt。用 `kubectl exec -it emptydir-pod -c writer -- sh` 进入它的 shell；新建的 Pod 里这个目录总是空的。',
          },
        },
        {
          text: {
            en: 'The file is in writer and not in reader: the two do not mount the same volume at /cache. Compare the names in both `volumeMounts`.',
            zh: '文件在 writer 里有，在 reader 里没有：两个容器在 /cache 挂载的不是同一个卷。比较两处 `volumeMounts` 里的名字。',
          },
        },
      ],
      learned: {
        en: 'Containers of one Pod share volumes, not file systems. An emptyDir is the usual way to hand files from one to the other.',
        zh: '同一个 Pod 里的容器共享的是卷，而不是文件系统。容器之间传递文件，通常就用 emptyDir。',
      },
    },
    {
      id: 'crash',
      title: { en: 'It outlives a crash of the container', zh: '容器崩溃之后它还在' },
      checks: [survives(written, containerCrashed(POD, { container: 'writer' }), { timeoutMs: 10_000 })],
      hints: [
        {
          text: {
            en: 'End the first process of the container writer: `kubectl exec emptydir-pod -c writer -- kill 1`. `kubectl get pod emptydir-pod` then counts a restart, and it is still the same Pod. Is the file there?',
            zh: '结束容器 writer 的第一个进程：`kubectl exec emptydir-pod -c writer -- kill 1`。之后 `kubectl get pod emptydir-pod` 的 RESTARTS 会加一，而 Pod 还是同一个。文件还在吗？',
          },
        },
      ],
      learned: {
        en: 'The container is new, and its own file system with it; the emptyDir belongs to the Pod, and the Pod is the same.',
        zh: '容器是新的，它自己的文件系统也是新的；emptyDir 属于 Pod，而 Pod 没有变。',
      },
    },
    {
      id: 'gone',
      title: { en: 'It is gone with the Pod', zh: '它随 Pod 一起消失' },
      checks: [endsWithPod(POD, { container: 'writer', path: '/cache' })],
      hints: [
        {
          when: not(objectHas('Pod', POD, { 'spec.volumes[0].emptyDir': {} })),
          text: {
            en: 'The first volume of the Pod is not a plain `emptyDir: {}`. What else it is may well outlive the Pod.',
            zh: 'Pod 的第一个卷不是普通的 `emptyDir: {}`。换成别的，就可能比 Pod 活得更久。',
          },
        },
        {
          text: {
            en: '`statelab check` tries it with a copy of your Pod, on the same node: it writes a file, deletes the copy, makes it again and looks. To see it yourself: `kubectl delete pod emptydir-pod`, apply it again, list /cache.',
            zh: '`statelab check` 会在同一个节点上用你的 Pod 的副本来验证：写一个文件，删除副本，重建，再看。想亲自看：`kubectl delete pod emptydir-pod`，重新 apply，再列出 /cache。',
          },
        },
      ],
      learned: {
        en: 'An emptyDir is for what may be lost with the Pod: caches, scratch files, hand-overs. What must stay needs a claim.',
        zh: 'emptyDir 适合放随 Pod 丢掉也无妨的东西：缓存、临时文件、容器间的交接。要留下来的数据需要 PVC。',
      },
    },
  ],
  solution: [
    {
      task: 'shared',
      apply: 'emptydir-pod.yaml',
      why: { en: 'One emptyDir, mounted by two containers', zh: '一个 emptyDir，两个容器都挂载' },
      until: podReady(POD),
    },
    { task: 'shared', ...write, until: shared },
    {
      task: 'crash',
      // Not at once: with process 1 this very command would end as well.
      exec: { pod: POD, container: 'writer', command: ['sh', '-c', '(sleep 1; kill 1) > /dev/null 2>&1 &'] },
      why: { en: 'The container ends and is started again', zh: '容器结束，然后被重新启动' },
      until: objectHas('Pod', POD, {
        'status.containerStatuses[1].name': 'writer',
        'status.containerStatuses[1].restartCount': 1,
        'status.containerStatuses[1].ready': true,
      }),
    },
  ],
  wrong: [
    {
      id: 'hostpath',
      refusedBy: 'gone',
      steps: [
        {
          apply: 'hostpath.yaml',
          why: { en: 'A directory of the node instead', zh: '换成了节点上的目录' },
          until: podReady(POD),
        },
        write,
      ],
    },
    {
      id: 'two-volumes',
      refusedBy: 'shared',
      steps: [
        {
          apply: 'two-volumes.yaml',
          why: { en: 'An emptyDir for each container', zh: '每个容器各有一个 emptyDir' },
          until: podReady(POD),
        },
        write,
      ],
    },
    {
      id: 'not-in-the-volume',
      refusedBy: 'crash',
      steps: [
        {
          apply: 'mounted-elsewhere.yaml',
          why: { en: 'The writer writes beside the volume', zh: 'writer 写到了卷的外面' },
          until: podReady(POD),
        },
        { ...write, exec: { ...write.exec, command: ['sh', '-c', "mkdir -p /cache && echo 'hello world' > /cache/a.txt"] } },
      ],
    },
  ],
})
