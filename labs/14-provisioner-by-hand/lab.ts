import {
  claimVolume,
  defineLab,
  eventSays,
  exportDirectory,
  exportFile,
  not,
  objectHas,
  podReady,
  provisionerAlone,
  pvcBound,
  pvcPending,
} from 'statelab/lab'

const NAME = 'lab.statelab.dev/by-hand'
const DEPLOYMENT = 'nfs-client-provisioner'
const CLAIM = 'by-hand-pvc'

const directory = exportDirectory({ directory: 'by-hand' })
const available = objectHas('Deployment', DEPLOYMENT, { 'status.availableReplicas': 1 })
const bound = pvcBound(CLAIM, { storageClass: 'nfs-by-hand' })
const written = exportFile({ claim: CLAIM, file: 'a.txt', contains: 'hello-world' })

const makeDirectory = {
  onServer: { command: ['mkdir', '-p', '-m', '777', '/export/by-hand'] },
  why: {
    en: 'The provisioner makes directories in this one, but not this one',
    zh: 'provisioner 在这个目录里建目录，但不会建它本身',
  },
}
const rbac = {
  apply: 'rbac.yaml',
  why: { en: 'It reads claims and classes, and makes volumes', zh: '它要读 PVC 和存储类，还要创建 PV' },
}
const deployment = {
  apply: 'deployment.yaml',
  why: { en: 'The provisioner, with a name of its own', zh: 'provisioner 本身，名字由自己取' },
}

export default defineLab({
  id: 'provisioner-by-hand',
  track: 'nfs',
  minutes: 30,
  kubernetes: '>=1.27',
  title: { en: 'Install a provisioner yourself', zh: '自己动手安装 provisioner' },
  owns: {
    objects: [
      { kind: 'StorageClass', name: 'nfs-by-hand' },
      { kind: 'ClusterRole', name: 'by-hand-provisioner' },
      { kind: 'ClusterRoleBinding', name: 'by-hand-provisioner' },
    ],
    exportDirectories: ['by-hand'],
  },
  tasks: [
    {
      id: 'installed',
      title: { en: 'The provisioner runs, and a class names it', zh: 'provisioner 在运行，存储类指向它' },
      checks: [directory, objectHas('StorageClass', 'nfs-by-hand', { provisioner: NAME }), available],
      hints: [
        {
          when: not(directory),
          text: {
            en: 'The server has no directory by-hand. The provisioner mounts the directory of NFS_PATH, and nobody makes that one for it.',
            zh: '服务器上没有目录 by-hand。provisioner 要挂载 NFS_PATH 那个目录，而那个目录没有谁会替它创建。',
          },
        },
        {
          when: not(objectHas('ServiceAccount', DEPLOYMENT)),
          text: {
            en: `There is no ServiceAccount ${DEPLOYMENT} in this namespace. Without it no Pod of the Deployment is made: \`kubectl describe replicaset\` says so.`,
            zh: `这个命名空间里没有 ServiceAccount ${DEPLOYMENT}。没有它，Deployment 的 Pod 就创建不出来：\`kubectl describe replicaset\` 里写着原因。`,
          },
        },
        {
          when: not(objectHas('StorageClass', 'nfs-by-hand', { provisioner: NAME })),
          text: {
            en: `StorageClass nfs-by-hand must name the provisioner ${NAME}, exactly as PROVISIONER_NAME does. The field cannot be changed in place: delete the class and apply it again.`,
            zh: `StorageClass nfs-by-hand 的 provisioner 必须是 ${NAME}，和 PROVISIONER_NAME 一字不差。这个字段不能就地修改：删除存储类再重新 apply。`,
          },
        },
        {
          when: not(objectHas('Deployment', DEPLOYMENT)),
          text: {
            en: `There is no Deployment ${DEPLOYMENT} in this namespace yet. The one in kube-system is an example: \`kubectl -n kube-system get deployment ${DEPLOYMENT} -o yaml\`.`,
            zh: `这个命名空间里还没有 Deployment ${DEPLOYMENT}。kube-system 里的那个就是例子：\`kubectl -n kube-system get deployment ${DEPLOYMENT} -o yaml\`。`,
          },
        },
        {
          text: {
            en: 'Does the Pod of the Deployment run? `kubectl describe pod` tells of a mount that fails (address and path of the volume), `kubectl logs` of what the provisioner itself misses.',
            zh: 'Deployment 的 Pod 运行起来了吗？挂载失败（卷的地址和路径）看 `kubectl describe pod`，provisioner 自己缺什么看 `kubectl logs`。',
          },
        },
      ],
      learned: {
        en: 'A provisioner is an ordinary program in a Pod. What makes it one: rights to make PVs, the storage itself, and a name that classes refer to.',
        zh: 'provisioner 就是 Pod 里一个普通的程序。让它成为 provisioner 的是三样东西：创建 PV 的权限、存储本身，以及供存储类引用的名字。',
      },
    },
    {
      id: 'provisions',
      title: { en: 'It makes volumes for its class', zh: '它为自己的存储类创建卷' },
      checks: [bound, claimVolume(CLAIM, { madeBy: NAME }), exportDirectory({ claim: CLAIM, under: 'by-hand' }), written],
      hints: [
        {
          when: not(objectHas('PersistentVolumeClaim', CLAIM)),
          text: {
            en: `There is no PVC ${CLAIM} yet: class nfs-by-hand, access mode ReadWriteMany, 10Mi.`,
            zh: `还没有 PVC ${CLAIM}：存储类 nfs-by-hand，访问模式 ReadWriteMany，10Mi。`,
          },
        },
        {
          when: not(
            objectHas('ClusterRoleBinding', 'by-hand-provisioner', { 'subjects[0].namespace': 'lab-provisioner-by-hand' }),
          ),
          text: {
            en: 'ClusterRoleBinding by-hand-provisioner does not name a ServiceAccount of the namespace lab-provisioner-by-hand. A ServiceAccount of the same name in another namespace is another one: `kubectl describe clusterrolebinding by-hand-provisioner`.',
            zh: 'ClusterRoleBinding by-hand-provisioner 没有指向命名空间 lab-provisioner-by-hand 里的 ServiceAccount。另一个命名空间里的同名 ServiceAccount 是另一个账号：`kubectl describe clusterrolebinding by-hand-provisioner`。',
          },
        },
        {
          when: pvcPending(CLAIM, { because: /forbidden/ }),
          text: {
            en: 'The provisioner tries, and is not allowed to. The event of the claim names the verb and the resource: compare the ClusterRole, and the subject of the ClusterRoleBinding, which must be the ServiceAccount in this namespace.',
            zh: 'provisioner 试了，但没有权限。PVC 的事件里写着动词和资源：检查 ClusterRole，还有 ClusterRoleBinding 的 subject，它必须是这个命名空间里的 ServiceAccount。',
          },
        },
        {
          when: pvcPending(CLAIM),
          text: {
            en: `PVC ${CLAIM} is Pending. Either nobody listens to the name in the class, or whoever does lacks a right. \`kubectl logs deployment/${DEPLOYMENT}\` shows at once which; the events of the claim tell of a missing right only after some tries, and not of every one.`,
            zh: `PVC ${CLAIM} 处于 Pending。要么没有谁在响应存储类里的那个名字，要么响应者缺少某个权限。看 \`kubectl logs deployment/${DEPLOYMENT}\` 马上就知道是哪一种；PVC 的事件要等重试几次之后才会提到缺少的权限，而且不是每一种都会提到。`,
          },
        },
        {
          when: not(claimVolume(CLAIM, { madeBy: NAME })),
          text: {
            en: `The volume of ${CLAIM} was made by another provisioner. Which one does the class name?`,
            zh: `${CLAIM} 的卷是另一个 provisioner 创建的。存储类里写的是谁？`,
          },
        },
        {
          when: eventSays('Pod', 'by-hand-pod', /FailedMount/),
          text: {
            en: 'The volume cannot be mounted: the PV names NFS_SERVER and NFS_PATH as the Deployment has them in `env`, and these must be the same as in its volume.',
            zh: '卷挂载不了：PV 里的服务器和路径来自 Deployment 的 `env`： NFS_SERVER 和 NFS_PATH，它们必须和 Deployment 自己挂载的卷一致。',
          },
        },
        {
          text: {
            en: 'Pod by-hand-pod mounts the claim at /data; write /data/a.txt with hello-world in it. On the server it is below /export/by-hand.',
            zh: 'Pod by-hand-pod 把 PVC 挂载到 /data；在里面写 /data/a.txt，内容是 hello-world。在服务器上，它在 /export/by-hand 下面。',
          },
        },
      ],
      learned: {
        en: 'The PV carries the name of its maker, in the annotation pv.kubernetes.io/provisioned-by. The same one will be asked to delete it.',
        zh: 'PV 的注解 pv.kubernetes.io/provisioned-by 记着是谁创建了它。将来要删除的时候，找的也是它。',
      },
    },
    {
      id: 'alone',
      title: { en: 'No other provisioner answers for this class', zh: '别的 provisioner 不会响应这个存储类' },
      checks: [provisionerAlone({ deployment: DEPLOYMENT, storageClass: 'nfs-by-hand', otherClass: 'nfs-client' })],
      hints: [
        {
          text: {
            en: 'Scale your Deployment to 0 and make a claim of each class, nfs-by-hand and nfs-client. Which one waits, and for whom? (Remove them afterwards, and scale back.) `statelab check` does the same.',
            zh: '把你的 Deployment 缩到 0，再为 nfs-by-hand 和 nfs-client 各建一个 PVC。哪一个在等？在等谁？（之后删掉它们，再扩回来。）`statelab check` 做的也是这件事。',
          },
        },
      ],
      learned: {
        en: 'The name in the class decides who answers. Any number of provisioners share a cluster, each deaf to the classes of the others.',
        zh: '由谁响应，取决于存储类里写的名字。一个集群里可以有许多 provisioner，各管各的存储类，互不理会。',
      },
    },
  ],
  solution: [
    { task: 'installed', ...makeDirectory },
    rbac,
    { apply: 'class.yaml', why: { en: 'A class that names this provisioner', zh: '指向这个 provisioner 的存储类' } },
    { ...deployment, until: available },
    {
      task: 'provisions',
      apply: 'claim.yaml',
      why: { en: 'A claim of the class, and a Pod that uses it', zh: '使用这个存储类的 PVC，以及使用它的 Pod' },
      until: podReady('by-hand-pod'),
    },
    {
      exec: { pod: 'by-hand-pod', command: ['sh', '-c', 'echo hello-world > /data/a.txt'] },
      why: { en: 'Something to find on the server', zh: '写一点东西，再到服务器上去找' },
      until: written,
    },
  ],
  wrong: [
    {
      id: 'missing-path',
      refusedBy: 'installed',
      steps: [
        rbac,
        { apply: 'class.yaml', why: { en: 'The class', zh: '存储类' } },
        { ...deployment, why: { en: 'NFS_PATH is a directory that is not there', zh: 'NFS_PATH 指向一个不存在的目录' } },
      ],
    },
    {
      id: 'others-name',
      refusedBy: 'provisions',
      steps: [
        makeDirectory,
        rbac,
        {
          apply: 'others-class.yaml',
          why: { en: 'The class names the other provisioner', zh: '存储类写成了另一个 provisioner' },
        },
        { ...deployment, until: available },
        {
          apply: 'claim.yaml',
          why: { en: 'It is bound, but by whom?', zh: '绑定了，但是由谁？' },
          until: bound,
        },
      ],
    },
  ],
})
