import {
  claimVolume,
  defineLab,
  exportDirectory,
  exportFile,
  not,
  objectHas,
  podFile,
  podReady,
  pvcBound,
  pvcPending,
} from 'statelab/lab'

const CLAIM = 'nfs-dyn-10m-pvc'
const PROVISIONER = 'k8s-sigs.io/nfs-subdir-external-provisioner'
const TEXT = 'hello world'

const bound = pvcBound(CLAIM, { storageClass: 'nfs-client', accessMode: 'ReadWriteMany', request: '10Mi' })
const written = exportFile({ claim: CLAIM, file: 'a.txt', contains: TEXT })

export default defineLab({
  id: 'nfs-dynamic',
  track: 'nfs',
  minutes: 15,
  kubernetes: '>=1.27',
  title: { en: 'An NFS volume made by itself', zh: '自动创建的 NFS 卷' },
  owns: { objects: [{ kind: 'PersistentVolume', name: 'nfs-dyn-10m-pv' }], exportDirectories: ['dyn-10m-pv'] },
  tasks: [
    {
      id: 'provisioned',
      title: { en: 'A claim is bound to a volume that nobody wrote', zh: 'PVC 绑定到了一个没有人写过的卷' },
      checks: [bound, claimVolume(CLAIM, { madeBy: PROVISIONER, reclaimPolicy: 'Delete', capacity: '10Mi' })],
      hints: [
        {
          when: not(objectHas('PersistentVolumeClaim', CLAIM)),
          text: {
            en: `There is no PVC ${CLAIM} yet. It is all that is to be written: no PV, no directory.`,
            zh: `还没有 PVC ${CLAIM}。要写的只有它：不用写 PV，也不用建目录。`,
          },
        },
        {
          when: pvcPending(CLAIM, { because: /no StorageClass/ }),
          text: {
            en: `PVC ${CLAIM} is Pending because its class does not exist. Compare the name with \`kubectl get storageclass\`. The class of a claim cannot be changed in place: delete it and apply it again.`,
            zh: `PVC ${CLAIM} 处于 Pending，因为它写的存储类不存在。请和 \`kubectl get storageclass\` 的结果比对。PVC 的存储类不能就地修改：先删除，再重新 apply。`,
          },
        },
        {
          when: pvcPending(CLAIM, { because: /external provisioner/ }),
          text: {
            en: `PVC ${CLAIM} waits for the provisioner. Is it running? \`kubectl -n kube-system get pods\`; its log says what it is doing.`,
            zh: `PVC ${CLAIM} 在等 provisioner。它在运行吗？用 \`kubectl -n kube-system get pods\` 看看；它的日志里写着正在做什么。`,
          },
        },
        {
          when: not(claimVolume(CLAIM, { madeBy: PROVISIONER })),
          text: {
            en: `The volume of PVC ${CLAIM} was made by hand: a PV that fits is taken before the provisioner is asked. Delete the claim and that PV, then apply the claim alone.`,
            zh: `PVC ${CLAIM} 的卷是手工创建的：只要有合适的 PV，就不会去找 provisioner。删除这个 PVC 和那个 PV，再单独 apply PVC。`,
          },
        },
        {
          text: {
            en: 'Compare `kubectl get pvc` with the brief: class nfs-client, access mode RWX, 10Mi. A claim that is bound keeps what it was made with; delete it to begin anew.',
            zh: '把 `kubectl get pvc` 的结果和任务说明比对：存储类 nfs-client，访问模式 RWX，10Mi。已经绑定的 PVC 不会再变；要重来，请先删除它。',
          },
        },
      ],
      learned: {
        en: 'With a StorageClass a claim is enough: its provisioner sees the claim, makes the storage, and makes a PV of exactly the size asked for. The class decides what becomes of it: policy Delete.',
        zh: '有了 StorageClass，只写 PVC 就够了：provisioner 看到 PVC，就去准备存储，再创建一个大小正好的 PV。以后怎么回收也由存储类决定：这里是 Delete。',
      },
    },
    {
      id: 'directory',
      title: { en: 'The volume is a directory on the server', zh: '这个卷就是服务器上的一个目录' },
      checks: [exportDirectory({ claim: CLAIM })],
      hints: [
        {
          text: {
            en: 'The directory is named after namespace, claim and volume. `docker exec statelab-nfs ls -la /export` shows it, and the PV names it: `kubectl get pv -o yaml`.',
            zh: '目录名由命名空间、PVC 和 PV 的名字组成。用 `docker exec statelab-nfs ls -la /export` 可以看到，PV 里也写着：`kubectl get pv -o yaml`。',
          },
        },
      ],
      learned: {
        en: 'The provisioner made the directory <namespace>-<claim>-<volume>, open to every user (mode 777), because it cannot know as whom the Pod will run.',
        zh: 'provisioner 创建了目录 <命名空间>-<PVC>-<PV>，权限是 777：它不知道 Pod 会以哪个用户运行。',
      },
    },
    {
      id: 'data',
      title: { en: 'What the Pod wrote is in this directory', zh: 'Pod 写的文件在这个目录里' },
      checks: [podReady('nfs-dyn-pod'), podFile('nfs-dyn-pod', { path: '/tmp/a.txt', contains: TEXT }), written],
      hints: [
        {
          when: not(objectHas('Pod', 'nfs-dyn-pod')),
          text: {
            en: 'There is no Pod nfs-dyn-pod yet. It uses the claim as any other.',
            zh: '还没有 Pod nfs-dyn-pod。它用 PVC 的方法和别的卷没有区别。',
          },
        },
        {
          when: podFile('nfs-dyn-pod', { path: '/tmp/a.txt', contains: TEXT }),
          text: {
            en: 'The file is in the Pod, but not in the directory on the server: /tmp is not the mounted claim. `kubectl exec nfs-dyn-pod -- mount` shows what is mounted.',
            zh: '文件在 Pod 里，却不在服务器的目录里：/tmp 并不是挂载的 PVC。用 `kubectl exec nfs-dyn-pod -- mount` 看看挂载了什么。',
          },
        },
        {
          text: {
            en: `Write /tmp/a.txt with "${TEXT}" in the Pod: \`kubectl exec -it nfs-dyn-pod -- sh\`.`,
            zh: `在 Pod 里写 /tmp/a.txt，内容是 “${TEXT}”：\`kubectl exec -it nfs-dyn-pod -- sh\`。`,
          },
        },
      ],
      learned: {
        en: "The Pod's manifest is the same for static and dynamic volumes. What changes is who makes the volume.",
        zh: '不管是静态卷还是动态卷，Pod 的清单都一样。不同的只是谁来创建卷。',
      },
    },
  ],
  solution: [
    {
      task: 'provisioned',
      apply: 'pvc.yaml',
      why: { en: 'The claim names the class; the rest happens by itself', zh: 'PVC 写明存储类，其余的自动完成' },
      until: bound,
    },
    {
      task: 'data',
      apply: 'pod.yaml',
      why: { en: 'A Pod that mounts the claim at /tmp', zh: '把 PVC 挂载到 /tmp 的 Pod' },
      until: podReady('nfs-dyn-pod'),
    },
    {
      exec: { pod: 'nfs-dyn-pod', command: ['sh', '-c', `echo '${TEXT}' > /tmp/a.txt`] },
      why: { en: 'Something to find on the server', zh: '写一点东西，再到服务器上去找' },
      until: written,
    },
  ],
  wrong: [
    {
      id: 'by-hand',
      refusedBy: 'provisioned',
      steps: [
        {
          onServer: { command: ['mkdir', '-p', '-m', '777', '/export/dyn-10m-pv'] },
          why: { en: 'A directory made by hand', zh: '手工创建的目录' },
        },
        {
          apply: 'by-hand.yaml',
          why: { en: 'A volume of the same class, made by hand', zh: '同一个存储类的卷，但是手工创建的' },
          until: objectHas('PersistentVolume', 'nfs-dyn-10m-pv', { 'status.phase': 'Available' }),
        },
        {
          apply: 'pvc.yaml',
          why: { en: 'The claim takes the volume that is there', zh: 'PVC 用了已经存在的卷' },
          until: pvcBound(CLAIM),
        },
      ],
    },
    {
      id: 'no-volume',
      refusedBy: 'data',
      steps: [
        { apply: 'pvc.yaml', why: { en: 'The claim', zh: 'PVC' }, until: bound },
        {
          apply: 'no-volume.yaml',
          why: { en: 'A Pod that does not use it', zh: '没有使用它的 Pod' },
          until: podReady('nfs-dyn-pod'),
        },
        {
          exec: { pod: 'nfs-dyn-pod', command: ['sh', '-c', `echo '${TEXT}' > /tmp/a.txt`] },
          why: { en: "The file is in the container's own file system", zh: '文件写在了容器自己的文件系统里' },
        },
      ],
    },
  ],
})
