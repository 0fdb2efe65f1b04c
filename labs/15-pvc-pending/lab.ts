import { claimVolume, defineLab, eventSays, exportFile, not, objectHas, podReady, pvcBound, pvcPending } from 'statelab/lab'

const NAME = 'lab.statelab.dev/pvc-pending'
const DEPLOYMENT = 'nfs-client-provisioner'
const CLAIM = 'pending-pvc'
const POD = 'pending-pod'

const bound = pvcBound(CLAIM, { storageClass: 'nfs-shared', accessMode: 'ReadWriteMany', request: '10Mi' })
const available = objectHas('Deployment', DEPLOYMENT, { 'status.availableReplicas': 1 })
const ready = podReady(POD)

const deleteClaim = {
  delete: { kind: 'PersistentVolumeClaim', name: CLAIM },
  why: { en: 'The class of a claim cannot be changed in place', zh: 'PVC 的存储类不能就地修改' },
}
const turnOffAndOn = {
  delete: { kind: 'PersistentVolumeClaim', name: CLAIM },
  why: { en: 'Delete it and try once more', zh: '删掉再试一次' },
}

export default defineLab({
  id: 'pvc-pending',
  track: 'nfs',
  minutes: 20,
  kubernetes: '>=1.27',
  title: { en: 'A claim that stays Pending', zh: '一直 Pending 的 PVC' },
  owns: {
    objects: [
      { kind: 'StorageClass', name: 'nfs-shared' },
      { kind: 'StorageClass', name: 'nfs-share' },
      { kind: 'ClusterRole', name: 'pvc-pending-provisioner' },
      { kind: 'ClusterRoleBinding', name: 'pvc-pending-provisioner' },
    ],
  },
  variants: ['provisioner-scaled', 'class-misspelt', 'server-unreachable'],
  tasks: [
    {
      id: 'bound',
      title: { en: 'The claim is bound, by the provisioner of its class', zh: 'PVC 已绑定，卷由所属存储类的 provisioner 创建' },
      checks: [bound, claimVolume(CLAIM, { madeBy: NAME })],
      hints: [
        {
          when: not(objectHas('PersistentVolumeClaim', CLAIM)),
          text: {
            en: `There is no PVC ${CLAIM} now. It asks for class nfs-shared, ReadWriteMany, 10Mi.`,
            zh: `现在没有 PVC ${CLAIM}。它要的是：存储类 nfs-shared，ReadWriteMany，10Mi。`,
          },
        },
        {
          when: pvcPending(CLAIM, { because: /no StorageClass/ }),
          text: {
            en: `PVC ${CLAIM} names a class that does not exist, so nobody feels addressed. Read the two names letter by letter: \`kubectl get pvc,storageclass\`.`,
            zh: `PVC ${CLAIM} 写的存储类不存在，所以没有谁会响应它。把两边的名字逐个字母比对：\`kubectl get pvc,storageclass\`。`,
          },
        },
        {
          when: not(objectHas('PersistentVolumeClaim', CLAIM, { 'spec.storageClassName': 'nfs-shared' })),
          text: {
            en: `PVC ${CLAIM} is of another class than nfs-shared. That may bind it, but it is not what its owner asked for: the class decides where data is kept and what becomes of it.`,
            zh: `PVC ${CLAIM} 用的不是存储类 nfs-shared。这样也许能绑定，却不是使用者要的：数据放在哪里、以后怎么处理，都由存储类决定。`,
          },
        },
        {
          when: objectHas('Deployment', DEPLOYMENT, { 'spec.replicas': 0 }),
          text: {
            en: 'The event of the claim names the provisioner it waits for. Who is that, and is anybody at home? `kubectl get deployment,pod` in this namespace.',
            zh: 'PVC 的事件里写着它在等哪个 provisioner。那是谁？它在运行吗？看看这个命名空间里的 `kubectl get deployment,pod`。',
          },
        },
        {
          when: not(available),
          text: {
            en: 'The provisioner that the claim waits for does not run, although a Pod of it is wanted. What does that Pod wait for? `kubectl describe pod` has the words of mount in its events. The address of the NFS server that there is: `statelab status`.',
            zh: 'PVC 等的那个 provisioner 没有运行起来，尽管应该有一个 Pod。这个 Pod 又在等什么？`kubectl describe pod` 的事件里有 mount 的原话。现在的 NFS 服务器地址：`statelab status`。',
          },
        },
        {
          text: {
            en: `\`kubectl describe pvc ${CLAIM}\`, and read the last events: either nobody is addressed (the class), or somebody is waited for (the provisioner). Follow the chain claim, class, provisioner, its Pod, its volume until something is not as it should be.`,
            zh: `执行 \`kubectl describe pvc ${CLAIM}\`，看最后的事件：要么没有找对人（存储类），要么在等人（provisioner）。沿着 PVC、存储类、provisioner、它的 Pod、它的卷这条链一个个看下去，直到发现哪里不对。`,
          },
        },
      ],
      learned: {
        en: 'A claim that is Pending is not broken: it waits. Mend what it waits for, and it is bound by itself; deleting and making it again only waits anew.',
        zh: 'Pending 的 PVC 并没有坏，它只是在等。修好它等的东西，它就会自己绑定；删掉重建，只是重新开始等。',
      },
    },
    {
      id: 'works',
      title: { en: 'The Pod that waited runs, and its file is on the server', zh: '一直在等的 Pod 运行了，它的文件在服务器上' },
      checks: [available, ready, exportFile({ claim: CLAIM, file: 'a.txt', contains: 'hello-world' })],
      hints: [
        {
          when: eventSays('Pod', POD, /FailedMount/),
          text: {
            en: 'The claim is bound, but the Pod cannot mount the volume. The PV has the address that the provisioner was given as NFS_SERVER: in the Deployment it stands twice, in `env` and in the volume. A PV keeps its address: the claim has to be made again.',
            zh: 'PVC 绑定了，但 Pod 挂载不了卷。PV 里的地址来自 provisioner 的 NFS_SERVER：在 Deployment 里，地址写了两遍，一遍在 `env`，一遍在卷里。PV 的地址不会再变：PVC 要重新创建。',
          },
        },
        {
          when: not(objectHas('Pod', POD)),
          text: {
            en: `There is no Pod ${POD} any more. Its manifest is start/pod.yaml in the folder of this lab: apply that file alone. (\`statelab start\` would apply the broken parts again as well.)`,
            zh: `Pod ${POD} 没有了。它的清单是本实验文件夹里的 start/pod.yaml：只 apply 这一个文件。（\`statelab start\` 会把坏掉的那些也重新 apply 一遍。）`,
          },
        },
        {
          text: {
            en: `Pod ${POD} needs nothing but the claim. Does the provisioner run all the time (\`kubectl get deployment\`), and what do the events of the Pod say?`,
            zh: `Pod ${POD} 要的只是这个 PVC。provisioner 一直在运行吗（\`kubectl get deployment\`）？Pod 的事件怎么说？`,
          },
        },
      ],
      learned: {
        en: 'A Pod waits for its claims as a claim waits for its volume. Nobody has to restart it.',
        zh: 'Pod 等 PVC，就像 PVC 等卷。谁都不需要去重启它。',
      },
    },
  ],
  solution: [
    {
      task: 'bound',
      variant: 'provisioner-scaled',
      scale: { kind: 'Deployment', name: DEPLOYMENT, replicas: 1 },
      why: { en: 'Nobody was there to answer', zh: '没有谁在响应' },
      until: bound,
    },
    { task: 'bound', variant: 'class-misspelt', ...deleteClaim },
    {
      variant: 'class-misspelt',
      apply: 'claim.yaml',
      why: { en: 'The class that there is: nfs-shared', zh: '真正存在的存储类：nfs-shared' },
      until: bound,
    },
    {
      task: 'bound',
      variant: 'server-unreachable',
      apply: 'provisioner.yaml',
      why: {
        en: 'The address of the NFS server that there is, in both places',
        zh: '把两处都改成现在的 NFS 服务器地址',
      },
      until: bound,
    },
    {
      task: 'works',
      exec: { pod: POD, command: ['cat', '/data/a.txt'] },
      why: { en: 'The Pod was only waiting', zh: '这个 Pod 一直只是在等' },
      until: ready,
    },
  ],
  wrong: [
    {
      id: 'delete-and-retry-scaled',
      variant: 'provisioner-scaled',
      refusedBy: 'bound',
      steps: [turnOffAndOn, { apply: 'claim.yaml', why: { en: 'The same claim waits again', zh: '同样的 PVC，接着等' } }],
    },
    {
      id: 'delete-and-retry-misspelt',
      variant: 'class-misspelt',
      refusedBy: 'bound',
      steps: [turnOffAndOn, { apply: 'same-claim.yaml', why: { en: 'The same mistake again', zh: '同样的错误又写了一遍' } }],
    },
    {
      id: 'delete-and-retry-unreachable',
      variant: 'server-unreachable',
      refusedBy: 'bound',
      steps: [turnOffAndOn, { apply: 'claim.yaml', why: { en: 'The same claim waits again', zh: '同样的 PVC，接着等' } }],
    },
    {
      id: 'another-class',
      variant: 'class-misspelt',
      refusedBy: 'bound',
      steps: [
        deleteClaim,
        {
          apply: 'others-class.yaml',
          why: { en: 'Any class that works, just not the right one', zh: '能用就行的存储类，但不是该用的那个' },
          until: pvcBound(CLAIM),
        },
      ],
    },
  ],
})
