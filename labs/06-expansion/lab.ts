import { apiRefuses, defineLab, exportFile, mountedAt, not, objectHas, podReady, pvcBound, pvcPending } from 'statelab/lab'

const POD = 'expansion-pod'
const fixed = pvcBound('fixed-pvc', { storageClass: 'nfs-client', request: '10Mi' })
const refused = apiRefuses(
  { kind: 'PersistentVolumeClaim', metadata: { name: 'fixed-pvc' }, spec: { resources: { requests: { storage: '20Mi' } } } },
  /the storageclass that provisions the pvc must support resize/,
)
const mounted = mountedAt('Pod', POD, { claim: 'fixed-pvc', path: '/data' })
const full = exportFile({ claim: 'fixed-pvc', file: 'big.bin', atLeast: '20Mi' })
const asked = pvcBound('grown-pvc', { storageClass: 'nfs-expandable', request: '20Mi' })

const write = (file: string) =>
  ({
    exec: { pod: POD, command: ['dd', 'if=/dev/zero', `of=${file}`, 'bs=1M', 'count=20'] },
    why: { en: '20 MiB into a claim of 10Mi', zh: '往 10Mi 的 PVC 里写 20 MiB' },
  }) as const

const fixedClaim = {
  apply: 'fixed-pvc.yaml',
  why: { en: 'A claim of 10Mi', zh: '一个 10Mi 的 PVC' },
} as const
const pod = {
  apply: 'expansion-pod.yaml',
  why: { en: 'A Pod that can write into the claim', zh: '能往这个 PVC 里写东西的 Pod' },
  until: podReady(POD),
} as const
const expandable = {
  apply: 'nfs-expandable.yaml',
  why: { en: 'A class that says its volumes can grow', zh: '一个声称卷可以扩容的存储类' },
  until: objectHas('StorageClass', 'nfs-expandable'),
} as const

export default defineLab({
  id: 'expansion',
  track: 'volumes',
  minutes: 15,
  kubernetes: '>=1.27',
  title: { en: 'Making a claim larger, and what a size is worth', zh: '给 PVC 扩容，以及容量究竟意味着什么' },
  owns: { objects: [{ kind: 'StorageClass', name: 'nfs-expandable' }] },
  tasks: [
    {
      id: 'refused',
      title: { en: 'fixed-pvc has 10Mi, and the API does not let it grow', zh: 'fixed-pvc 是 10Mi，API 不允许它变大' },
      checks: [fixed, refused],
      hints: [
        {
          when: not(objectHas('PersistentVolumeClaim', 'fixed-pvc')),
          text: {
            en: 'There is no PVC fixed-pvc yet: class nfs-client, ReadWriteMany, 10Mi.',
            zh: '还没有名为 fixed-pvc 的 PVC：存储类 nfs-client，ReadWriteMany，10Mi。',
          },
        },
        {
          when: pvcPending('fixed-pvc'),
          text: {
            en: 'fixed-pvc is Pending; `kubectl describe pvc fixed-pvc` says what it waits for. Only a claim that is bound can be asked to grow.',
            zh: 'fixed-pvc 处于 Pending；`kubectl describe pvc fixed-pvc` 会说明它在等什么。只有已绑定的 PVC 才谈得上扩容。',
          },
        },
        {
          text: {
            en: 'Compare `kubectl get pvc fixed-pvc` with the brief: class nfs-client, 10Mi asked for. A claim cannot be made smaller; delete it and apply it again.',
            zh: '把 `kubectl get pvc fixed-pvc` 的结果和任务说明比对：存储类 nfs-client，申请 10Mi。PVC 不能缩小；请删除后重新 apply。',
          },
        },
      ],
      learned: {
        en: 'A size can only be changed upwards, and only where the class says `allowVolumeExpansion: true`. The API decides that, before any storage is asked.',
        zh: '容量只能改大，而且要存储类写明 `allowVolumeExpansion: true`。这是 API 决定的，根本没有问过存储。',
      },
    },
    {
      id: 'full',
      title: { en: '20 MiB lie in the claim of 10Mi all the same', zh: '可是 10Mi 的 PVC 里照样放下了 20 MiB' },
      checks: [podReady(POD), mounted, full],
      hints: [
        {
          when: not(objectHas('Pod', POD)),
          text: {
            en: 'There is no Pod expansion-pod yet: image nginx:1.22, the claim fixed-pvc at /data.',
            zh: '还没有名为 expansion-pod 的 Pod：镜像 nginx:1.22，把 PVC fixed-pvc 挂载到 /data。',
          },
        },
        {
          when: not(mounted),
          text: {
            en: 'The Pod does not mount fixed-pvc at /data. What is written there goes to the container’s own disk, and ends with it.',
            zh: 'Pod 没有把 fixed-pvc 挂载到 /data。写在那里的东西进了容器自己的磁盘，会随容器一起消失。',
          },
        },
        {
          text: {
            en: 'Write 20 MiB to /data/big.bin: `kubectl exec expansion-pod -- dd if=/dev/zero of=/data/big.bin bs=1M count=20`. Then look at it from the server, `docker exec … ls -la` on the export.',
            zh: '往 /data/big.bin 写 20 MiB：`kubectl exec expansion-pod -- dd if=/dev/zero of=/data/big.bin bs=1M count=20`。再从服务器那边看，用 `docker exec … ls -la` 查看导出目录。',
          },
        },
      ],
      learned: {
        en: 'The volume is a directory, and nobody measures a directory. The size of such a claim is used for matching and for quotas; it limits nothing.',
        zh: '卷只是一个目录，没有人去量它有多大。这种 PVC 的容量只用于匹配和配额，什么也限制不了。',
      },
    },
    {
      id: 'promise',
      title: { en: 'grown-pvc asks for 20Mi, and still has 10Mi', zh: 'grown-pvc 申请了 20Mi，容量却还是 10Mi' },
      checks: [
        objectHas('StorageClass', 'nfs-expandable', { allowVolumeExpansion: true }),
        asked,
        objectHas('PersistentVolumeClaim', 'grown-pvc', { 'status.capacity.storage': '10Mi' }),
      ],
      hints: [
        {
          when: not(objectHas('StorageClass', 'nfs-expandable')),
          text: {
            en: 'There is no StorageClass nfs-expandable yet. `kubectl get storageclass nfs-client -o yaml` shows how such a class is written; yours has one field more.',
            zh: '还没有名为 nfs-expandable 的 StorageClass。`kubectl get storageclass nfs-client -o yaml` 能看到这种存储类的写法；你的要多一个字段。',
          },
        },
        {
          when: not(objectHas('StorageClass', 'nfs-expandable', { allowVolumeExpansion: true })),
          text: {
            en: 'The class nfs-expandable lacks `allowVolumeExpansion: true`. This field may be changed in place.',
            zh: '存储类 nfs-expandable 缺少 `allowVolumeExpansion: true`。这个字段可以就地修改。',
          },
        },
        {
          when: objectHas('PersistentVolumeClaim', 'grown-pvc', { 'status.capacity.storage': '20Mi' }),
          text: {
            en: 'grown-pvc was made with 20Mi, so it never had to grow. Delete it, make it with 10Mi, and change the size once it is bound.',
            zh: 'grown-pvc 一开始就是按 20Mi 创建的，没有经历扩容。请删除它，先按 10Mi 创建，绑定之后再改大小。',
          },
        },
        {
          text: {
            en: 'Make grown-pvc with 10Mi in the class nfs-expandable, wait until it is bound, and then ask for 20Mi: `kubectl patch` or `kubectl edit pvc grown-pvc`. Its events say who was expected to do the work.',
            zh: '先在存储类 nfs-expandable 里按 10Mi 创建 grown-pvc，等它绑定，再申请 20Mi：`kubectl patch` 或 `kubectl edit pvc grown-pvc`。它的事件会说明本该由谁来干活。',
          },
        },
      ],
      learned: {
        en: 'Now the API said yes, and nothing happened: a resize needs a driver that can do it, usually a CSI one. Compare what is asked for, `spec.resources.requests`, with what there is, `status.capacity`.',
        zh: '这次 API 同意了，却什么也没有发生：扩容需要有能力的驱动来做，通常是 CSI 驱动。要分清申请的（`spec.resources.requests`）和实际的（`status.capacity`）。',
      },
    },
  ],
  solution: [
    { task: 'refused', ...fixedClaim, until: fixed },
    {
      task: 'refused',
      patch: {
        kind: 'PersistentVolumeClaim',
        name: 'fixed-pvc',
        patch: { spec: { resources: { requests: { storage: '20Mi' } } } },
      },
      why: { en: 'Ask for more, to see the refusal', zh: '申请更大的容量，看看怎样被拒绝' },
      refused: /must support resize/,
      until: refused,
    },
    { task: 'full', ...pod },
    { task: 'full', ...write('/data/big.bin'), until: full },
    { task: 'promise', ...expandable },
    {
      task: 'promise',
      apply: 'grown-pvc.yaml',
      why: { en: 'A claim of that class', zh: '这个存储类的 PVC' },
      until: pvcBound('grown-pvc', { storageClass: 'nfs-expandable', request: '10Mi' }),
    },
    {
      task: 'promise',
      patch: {
        kind: 'PersistentVolumeClaim',
        name: 'grown-pvc',
        patch: { spec: { resources: { requests: { storage: '20Mi' } } } },
      },
      why: { en: 'This time the API agrees', zh: '这一次 API 同意了' },
      until: asked,
    },
  ],
  wrong: [
    {
      id: 'large-from-the-start',
      refusedBy: 'refused',
      steps: [
        {
          apply: 'large-pvc.yaml',
          why: { en: 'A claim of 20Mi', zh: '一开始就是 20Mi 的 PVC' },
          until: pvcBound('fixed-pvc', { storageClass: 'nfs-client', request: '20Mi' }),
        },
      ],
    },
    {
      id: 'beside-the-volume',
      refusedBy: 'full',
      steps: [fixedClaim, pod, write('/tmp/big.bin')],
    },
    {
      id: 'never-grown',
      refusedBy: 'promise',
      steps: [
        expandable,
        { apply: 'never-grown.yaml', why: { en: '20Mi from the start', zh: '一开始就申请 20Mi' }, until: asked },
      ],
    },
  ],
})
