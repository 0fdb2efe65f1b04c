import {
  allOf,
  defineLab,
  exportDirectory,
  exportFile,
  headlessService,
  mountedAt,
  not,
  objectHas,
  podDeleted,
  pvcBound,
  pvcPending,
  redisKey,
  statefulSetReady,
  survives,
} from 'statelab/lab'

const CLAIM_0 = 'redis-100m-pvc-redis-pv-sts-0'
const CLAIM_1 = 'redis-100m-pvc-redis-pv-sts-1'
const CLAIM = { storageClass: 'nfs-client', accessMode: 'ReadWriteMany', request: '100Mi' } as const

const message = redisKey('redis-pv-sts-0', 'message', 'hello world')

export default defineLab({
  id: 'redis-persistence',
  track: 'redis',
  minutes: 15,
  kubernetes: '>=1.27',
  title: { en: 'Redis data survives its Pod', zh: '让 Redis 的数据比 Pod 活得更久' },
  tasks: [
    {
      id: 'ready',
      title: { en: 'Two Redis Pods run in StatefulSet redis-pv-sts', zh: 'StatefulSet redis-pv-sts 运行两个 Redis Pod' },
      checks: [statefulSetReady('redis-pv-sts', { replicas: 2 }), headlessService('redis-svc', { governs: 'redis-pv-sts' })],
      hints: [
        {
          when: objectHas('StatefulSet', 'redis-pv-sts', {}, { namespace: 'default' }),
          text: {
            en: 'There is a redis-pv-sts in namespace default. This lab looks in lab-redis-persistence: use `statelab kubectl`, or `kubectl -n lab-redis-persistence`.',
            zh: 'redis-pv-sts 建在了 default 命名空间里。本实验看的是 lab-redis-persistence：请用 `statelab kubectl`，或 `kubectl -n lab-redis-persistence`。',
          },
        },
        {
          when: allOf(objectHas('Deployment', 'redis-pv-sts'), not(objectHas('StatefulSet', 'redis-pv-sts'))),
          text: {
            en: 'There is a Deployment redis-pv-sts. With one Pod and one PVC the data would survive as well; with two, both would write the same dump.rdb. Here every Pod is to have a claim and a name of its own: that is a StatefulSet.',
            zh: '有一个名为 redis-pv-sts 的 Deployment。只有一个 Pod 和一个 PVC 时，数据也能保住；有两个 Pod 时，它们会写同一个 dump.rdb。这里要让每个 Pod 都有自己的 PVC 和名字：这正是 StatefulSet。',
          },
        },
        {
          when: not(objectHas('StatefulSet', 'redis-pv-sts')),
          text: {
            en: 'There is no StatefulSet redis-pv-sts yet. A StatefulSet is written like a Deployment, plus `serviceName` and `volumeClaimTemplates`; `kubectl explain statefulset.spec` lists the fields.',
            zh: '还没有名为 redis-pv-sts 的 StatefulSet。它的写法像 Deployment，另外多了 `serviceName` 和 `volumeClaimTemplates`；字段可以用 `kubectl explain statefulset.spec` 查看。',
          },
        },
        {
          when: pvcPending(CLAIM_0, { because: /no StorageClass/ }),
          text: {
            en: `PVC ${CLAIM_0} is Pending because its StorageClass does not exist. Compare the name with \`kubectl get storageclass\`. A claim template cannot be changed in place: delete the StatefulSet and the PVC, then apply again.`,
            zh: `PVC ${CLAIM_0} 处于 Pending，因为它写的 StorageClass 不存在。请和 \`kubectl get storageclass\` 的结果比对。申领模板不能就地修改：先删除 StatefulSet 和这个 PVC，再重新 apply。`,
          },
        },
        {
          when: pvcPending(CLAIM_0),
          text: {
            en: `PVC ${CLAIM_0} is Pending, and its Pod waits for it. \`kubectl describe pvc ${CLAIM_0}\` ends with the reason; "waiting for a volume to be created" means that the provisioner has not answered: look at its Pod in kube-system. Whether the NFS server runs, \`statelab status\` tells.`,
            zh: `PVC ${CLAIM_0} 处于 Pending，Pod 在等它。\`kubectl describe pvc ${CLAIM_0}\` 的末尾写着原因；“waiting for a volume to be created” 表示 provisioner 还没有响应：请看看 kube-system 里它的 Pod。NFS 服务器是否在运行，用 \`statelab status\` 查看。`,
          },
        },
        {
          when: not(objectHas('StatefulSet', 'redis-pv-sts', { 'spec.serviceName': 'redis-svc' })),
          text: {
            en: "The StatefulSet's serviceName is not the name of the Service, redis-svc. Nothing fails, but the Pods get no DNS names. The field cannot be changed in place: delete the StatefulSet (the PVCs stay) and apply it again.",
            zh: 'StatefulSet 的 serviceName 和 Service 的名字 redis-svc 不一致。不会报错，但 Pod 得不到自己的域名。这个字段不能就地修改：删除 StatefulSet（PVC 会保留）后重新 apply。',
          },
        },
        {
          when: not(objectHas('StatefulSet', 'redis-pv-sts', { 'spec.replicas': 2 })),
          text: { en: 'The lab wants two replicas: `spec.replicas`.', zh: '本实验要两个副本：`spec.replicas`。' },
        },
        {
          text: {
            en: '`kubectl get pods` shows which Pod is not ready, and the events at the end of `kubectl describe pod redis-pv-sts-0` say why. Pod -1 is only made once -0 is ready (all at once is possible too, see `podManagementPolicy`). The label in the template must be the one that the Service redis-svc selects.',
            zh: '`kubectl get pods` 能看到哪个 Pod 没有就绪，`kubectl describe pod redis-pv-sts-0` 末尾的事件会说明原因。-0 就绪之后才会创建 -1（也可以同时启动，见 `podManagementPolicy`）。模板里的标签必须是 Service redis-svc 所选择的那个。',
          },
        },
      ],
      learned: {
        en: 'A StatefulSet makes its Pods one after the other, with names that end in an ordinal and stay.',
        zh: 'StatefulSet 按顺序逐个创建 Pod，名字以序号结尾，并且固定不变。',
      },
    },
    {
      id: 'claims',
      title: { en: 'Each Pod has a volume of its own on the NFS server', zh: '每个 Pod 在 NFS 服务器上都有自己的卷' },
      checks: [
        pvcBound(CLAIM_0, CLAIM),
        pvcBound(CLAIM_1, CLAIM),
        mountedAt('StatefulSet', 'redis-pv-sts', { claimTemplate: 'redis-100m-pvc', path: '/data' }),
        exportDirectory({ claim: CLAIM_0 }),
        exportDirectory({ claim: CLAIM_1 }),
      ],
      hints: [
        {
          when: not(objectHas('StatefulSet', 'redis-pv-sts', { 'spec.volumeClaimTemplates[0].metadata.name': 'redis-100m-pvc' })),
          text: {
            en: 'The StatefulSet has no claim template redis-100m-pvc. With `volumeClaimTemplates` every Pod gets a PVC of its own, named template-pod. Claim templates cannot be added later: delete the StatefulSet and apply it again.',
            zh: 'StatefulSet 里没有名为 redis-100m-pvc 的申领模板。有了 `volumeClaimTemplates`，每个 Pod 都会得到自己的 PVC，名字是“模板名-Pod名”。模板不能事后添加：请删除 StatefulSet 再重新 apply。',
          },
        },
        {
          when: not(mountedAt('StatefulSet', 'redis-pv-sts', { claimTemplate: 'redis-100m-pvc', path: '/data' })),
          text: {
            en: 'The claim is not mounted where Redis keeps its data. `redis-cli config get dir` in the Pod tells where that is; `volumeMounts[].mountPath` must be the same.',
            zh: '卷没有挂载到 Redis 存放数据的目录。在 Pod 里执行 `redis-cli config get dir` 就知道是哪个目录；`volumeMounts[].mountPath` 要和它相同。',
          },
        },
        {
          text: {
            en: 'Compare `kubectl get pvc` with the brief: class nfs-client, access mode RWX, 100Mi. A PVC that is already bound keeps what it was made with; delete the StatefulSet and its PVCs to begin anew.',
            zh: '把 `kubectl get pvc` 的结果和任务说明比对：存储类 nfs-client，访问模式 RWX，100Mi。已经绑定的 PVC 不会再变；要重来，请删除 StatefulSet 和它的 PVC。',
          },
        },
      ],
      learned: {
        en: 'A claim template gives every Pod a claim of its own, named template-pod; the provisioner makes a volume for each.',
        zh: '申领模板让每个 Pod 都有自己的 PVC，名字是“模板名-Pod名”；provisioner 再为每个 PVC 创建卷。',
      },
    },
    {
      id: 'message',
      title: { en: 'Redis in redis-pv-sts-0 knows the message', zh: 'redis-pv-sts-0 里的 Redis 存有 message' },
      checks: [message],
      hints: [
        {
          when: redisKey('redis-pv-sts-1', 'message', 'hello world'),
          text: {
            en: 'The message is in redis-pv-sts-1. The two Redis know nothing of each other, each has its own data: set it in redis-pv-sts-0.',
            zh: 'message 写到了 redis-pv-sts-1。两个 Redis 互不相识，各有各的数据：请写到 redis-pv-sts-0。',
          },
        },
        {
          text: {
            en: 'Open redis-cli in the Pod with `kubectl exec -it redis-pv-sts-0 -- redis-cli`, and mind the quotes around the two words.',
            zh: '用 `kubectl exec -it redis-pv-sts-0 -- redis-cli` 进入 redis-cli，注意两个单词要用引号括起来。',
          },
        },
      ],
      learned: {
        en: 'The two Redis know nothing of each other: what is written to one is not in the other.',
        zh: '两个 Redis 互不相识：写入一个的数据，另一个里没有。',
      },
    },
    {
      id: 'survives',
      title: { en: 'The message is still there after the Pod was deleted', zh: '删除 Pod 之后 message 还在' },
      checks: [
        survives(message, podDeleted('redis-pv-sts-0')),
        exportFile({ claim: CLAIM_0, file: 'dump.rdb', contains: 'hello world' }),
      ],
      hints: [
        {
          text: {
            en: 'Delete the Pod with `kubectl delete pod redis-pv-sts-0` and read the key again. Note the UIDs of Pod and PVC before and after: `kubectl get pod,pvc -o custom-columns=KIND:.kind,NAME:.metadata.name,UID:.metadata.uid`.',
            zh: '用 `kubectl delete pod redis-pv-sts-0` 删除 Pod，再读一次这个键。比较删除前后 Pod 和 PVC 的 UID：`kubectl get pod,pvc -o custom-columns=KIND:.kind,NAME:.metadata.name,UID:.metadata.uid`。',
          },
        },
      ],
      learned: {
        en: 'The Pod that comes back is another one, with another UID. The name leads it to the same claim, and the claim has the data.',
        zh: '回来的 Pod 是新的，UID 变了。但名字让它找到同一个 PVC，数据就在 PVC 里。',
      },
    },
  ],
  solution: [
    {
      task: 'ready',
      apply: 'redis-pv-sts.yaml',
      why: {
        en: 'One claim for each Pod, mounted where Redis keeps its dump',
        zh: '每个 Pod 一个 PVC，挂载到 Redis 存放 dump 的目录',
      },
      until: statefulSetReady('redis-pv-sts', { replicas: 2 }),
    },
    {
      task: 'message',
      exec: { pod: 'redis-pv-sts-0', command: ['redis-cli', 'set', 'message', 'hello world'] },
      why: { en: 'Something to find again', zh: '写入一条数据，之后再来找它' },
      until: message,
    },
    {
      task: 'survives',
      delete: { kind: 'Pod', name: 'redis-pv-sts-0' },
      why: {
        en: 'The StatefulSet makes the Pod again, with the same name and the same claim',
        zh: 'StatefulSet 会重新创建 Pod，名字和 PVC 都不变',
      },
      until: statefulSetReady('redis-pv-sts', { replicas: 2 }),
    },
  ],
  wrong: [
    {
      id: 'no-volume',
      refusedBy: 'survives',
      steps: [
        {
          apply: 'no-volume.yaml',
          why: { en: 'A StatefulSet without a volume', zh: '没有卷的 StatefulSet' },
          until: statefulSetReady('redis-pv-sts', { replicas: 2 }),
        },
        {
          exec: { pod: 'redis-pv-sts-0', command: ['redis-cli', 'set', 'message', 'hello world'] },
          why: { en: 'The message is there, for now', zh: '数据写进去了，暂时还在' },
        },
      ],
    },
    {
      id: 'mounted-elsewhere',
      refusedBy: 'claims',
      steps: [
        {
          apply: 'mounted-elsewhere.yaml',
          why: { en: 'A volume at a path that Redis does not write to', zh: '卷挂在了 Redis 不写数据的目录' },
          until: statefulSetReady('redis-pv-sts', { replicas: 2 }),
        },
      ],
    },
    {
      id: 'mounted-elsewhere-loses-data',
      refusedBy: 'survives',
      steps: [
        {
          apply: 'mounted-elsewhere.yaml',
          why: { en: 'A volume at a path that Redis does not write to', zh: '卷挂在了 Redis 不写数据的目录' },
          until: statefulSetReady('redis-pv-sts', { replicas: 2 }),
        },
        {
          exec: { pod: 'redis-pv-sts-0', command: ['redis-cli', 'set', 'message', 'hello world'] },
          why: { en: 'The message is there, for now', zh: '数据写进去了，暂时还在' },
        },
      ],
    },
  ],
})
