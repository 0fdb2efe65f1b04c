import { defineLab, not, objectHas, pvcBound, pvcPending, pvcWaited } from 'statelab/lab'

const SMALL = { storageClass: 'host-test', accessMode: 'ReadWriteOnce', request: '5Mi' } as const
const LARGE = { storageClass: 'host-test', accessMode: 'ReadWriteOnce', request: '100Mi' } as const

const volume = objectHas('PersistentVolume', 'host-10m-pv', {
  'spec.storageClassName': 'host-test',
  'spec.accessModes': ['ReadWriteOnce'],
  'spec.capacity.storage': '10Mi',
})
const waited = pvcWaited('host-100m-pvc', { because: /host-test.*not found/ })

export default defineLab({
  id: 'hostpath-binding',
  track: 'volumes',
  minutes: 15,
  kubernetes: '>=1.27',
  title: { en: 'A claim finds its volume', zh: 'PVC 怎样找到它的卷' },
  owns: {
    objects: [
      { kind: 'PersistentVolume', name: 'host-10m-pv' },
      { kind: 'PersistentVolume', name: 'host-100m-pv' },
    ],
    nodePaths: ['/tmp/host-10m-pv', '/tmp/host-100m-pv'],
  },
  tasks: [
    {
      id: 'volume',
      title: { en: 'There is a volume host-10m-pv of 10Mi', zh: '有一个 10Mi 的卷 host-10m-pv' },
      checks: [volume],
      hints: [
        {
          when: not(objectHas('PersistentVolume', 'host-10m-pv')),
          text: {
            en: 'There is no PersistentVolume host-10m-pv yet. Such a volume belongs to no namespace; `kubectl explain pv.spec` lists its fields.',
            zh: '还没有名为 host-10m-pv 的 PersistentVolume。这种卷不属于任何命名空间；字段可以用 `kubectl explain pv.spec` 查看。',
          },
        },
        {
          when: not(objectHas('PersistentVolume', 'host-10m-pv', { 'spec.storageClassName': 'host-test' })),
          text: {
            en: 'The volume is of another class than host-test. A claim only finds volumes whose class is written exactly as its own.',
            zh: '卷的存储类不是 host-test。PVC 只会匹配存储类名字和自己完全一样的卷。',
          },
        },
        {
          text: {
            en: 'Compare `kubectl get pv host-10m-pv -o yaml` with the brief: class, access mode, capacity. Make it again with `kubectl delete` and `kubectl apply` where a field cannot be changed.',
            zh: '把 `kubectl get pv host-10m-pv -o yaml` 和任务说明比对：存储类、访问模式、容量。有些字段不能修改，这时先 `kubectl delete` 再 `kubectl apply`。',
          },
        },
      ],
      learned: {
        en: 'A PersistentVolume describes storage that exists, or will: making the object makes no directory, and 10Mi is a statement that nobody measures.',
        zh: 'PersistentVolume 只是对存储的描述：创建这个对象不会创建目录，10Mi 也只是一个声明，没有人去核实。',
      },
    },
    {
      id: 'bound',
      title: { en: 'The claim of 5Mi is bound, and has 10Mi', zh: '5Mi 的 PVC 已绑定，得到的是 10Mi' },
      checks: [
        pvcBound('host-5m-pvc', SMALL),
        objectHas('PersistentVolumeClaim', 'host-5m-pvc', {
          'spec.volumeName': 'host-10m-pv',
          'status.capacity.storage': '10Mi',
        }),
      ],
      hints: [
        {
          when: objectHas('PersistentVolumeClaim', 'host-5m-pvc', {}, { namespace: 'default' }),
          text: {
            en: 'There is a host-5m-pvc in namespace default. This lab looks in lab-hostpath-binding: delete that claim and use `statelab kubectl`, or `kubectl -n lab-hostpath-binding`. The volume stays Released until its claimRef is removed; it is simplest to make it again.',
            zh: 'host-5m-pvc 建在了 default 命名空间里。本实验看的是 lab-hostpath-binding：请删除那个 PVC，改用 `statelab kubectl`，或 `kubectl -n lab-hostpath-binding`。删除后卷会停在 Released，要去掉 claimRef 才能再用；最简单的办法是重建这个卷。',
          },
        },
        {
          when: not(objectHas('PersistentVolumeClaim', 'host-5m-pvc')),
          text: {
            en: 'There is no PVC host-5m-pvc yet. It names a class, an access mode and a size; it does not name a volume.',
            zh: '还没有名为 host-5m-pvc 的 PVC。它要写存储类、访问模式和大小，不需要写卷的名字。',
          },
        },
        {
          when: objectHas('PersistentVolume', 'host-10m-pv', { 'status.phase': 'Released' }),
          text: {
            en: 'The volume is Released: its claim was deleted, and the volume still remembers it in `spec.claimRef`. Nobody gets it before an administrator clears that, or makes it again.',
            zh: '卷处于 Released：绑定过它的 PVC 已被删除，但卷的 `spec.claimRef` 里还记着它。管理员清掉这个字段或重建卷之前，谁也得不到它。',
          },
        },
        {
          when: not(objectHas('PersistentVolumeClaim', 'host-5m-pvc', { 'spec.storageClassName': 'host-test' })),
          text: {
            en: 'The class of the PVC is not that of the volume. A claim without `storageClassName` gets the default class of the cluster, here nfs-client. The field cannot be changed: delete the PVC and apply it again.',
            zh: 'PVC 的存储类和卷的不一致。不写 `storageClassName` 的 PVC 会用集群的默认存储类，这里是 nfs-client。这个字段不能修改：请删除 PVC 再重新 apply。',
          },
        },
        {
          when: pvcPending('host-5m-pvc'),
          text: {
            en: 'The PVC is Pending: no free volume of its class is large enough and has its access mode. Put `kubectl get pv` and `kubectl describe pvc host-5m-pvc` side by side.',
            zh: 'PVC 处于 Pending：同一存储类里没有空闲、够大、访问模式也相符的卷。把 `kubectl get pv` 和 `kubectl describe pvc host-5m-pvc` 放在一起看。',
          },
        },
        {
          text: {
            en: 'Look at `kubectl get pvc,pv`: which volume did the claim get, and which size does it report?',
            zh: '看看 `kubectl get pvc,pv`：PVC 得到了哪个卷？它报告的容量是多少？',
          },
        },
      ],
      learned: {
        en: 'A claim gets a whole volume, never a part of one: the smallest that is large enough. Here 5Mi were asked for, and the capacity is 10Mi.',
        zh: 'PVC 得到的总是一整个卷，而不是卷的一部分：够大的里面最小的那个。这里申请 5Mi，容量却是 10Mi。',
      },
    },
    {
      id: 'waits',
      title: { en: 'A claim of 100Mi has to wait', zh: '100Mi 的 PVC 只能等待' },
      checks: [objectHas('PersistentVolumeClaim', 'host-100m-pvc', { 'spec.resources.requests.storage': '100Mi' }), waited],
      hints: [
        {
          when: not(objectHas('PersistentVolumeClaim', 'host-100m-pvc')),
          text: {
            en: 'Make the PVC host-100m-pvc: as host-5m-pvc, with 100Mi. Make it before there is a volume for it.',
            zh: '创建 PVC host-100m-pvc：和 host-5m-pvc 一样，只是 100Mi。要在有合适的卷之前创建。',
          },
        },
        {
          when: objectHas('PersistentVolumeClaim', 'host-100m-pvc', { 'status.phase': 'Bound' }),
          text: {
            en: 'The claim is bound to a volume that was there before it, so it never had to wait. Delete both the PVC and the volume host-100m-pv, and make the PVC first.',
            zh: '这个 PVC 绑定的卷比它先出现，所以它没有等过。请把 PVC 和卷 host-100m-pv 都删掉，先创建 PVC。',
          },
        },
        {
          text: {
            en: 'The claim must be of class host-test. `kubectl describe pvc host-100m-pvc` ends with an event that says what was tried when no volume fitted.',
            zh: '这个 PVC 的存储类必须是 host-test。`kubectl describe pvc host-100m-pvc` 末尾的事件会说明：没有合适的卷时系统尝试了什么。',
          },
        },
      ],
      learned: {
        en: 'A claim that finds no volume is not an error: it waits. The event says that the last resort was tried, to have a volume made, and that there is no StorageClass of that name to make one.',
        zh: '找不到卷的 PVC 不算出错，它只是等待。事件说的是最后一招：想动态创建一个卷，可是没有这个名字的 StorageClass。',
      },
    },
    {
      id: 'grown',
      title: { en: 'It is bound once a large enough volume exists', zh: '有了足够大的卷，它就绑定了' },
      checks: [
        pvcBound('host-100m-pvc', LARGE),
        objectHas('PersistentVolumeClaim', 'host-100m-pvc', { 'spec.volumeName': 'host-100m-pv' }),
      ],
      hints: [
        {
          when: not(objectHas('PersistentVolume', 'host-100m-pv')),
          text: {
            en: 'Make a second volume, host-100m-pv, large enough for the claim, on /tmp/host-100m-pv/.',
            zh: '再创建一个卷 host-100m-pv，大小要够，路径是 /tmp/host-100m-pv/。',
          },
        },
        {
          text: {
            en: 'Compare the volume with the claim: the class, the access mode, and a capacity of at least 100Mi. Claims that wait are looked at again every 15 seconds.',
            zh: '比较卷和 PVC：存储类、访问模式，以及不小于 100Mi 的容量。等待中的 PVC 每 15 秒重新匹配一次。',
          },
        },
      ],
      learned: {
        en: 'Nobody had to touch the claim: the controller looks again every 15 seconds and binds it once a volume fits. Binding is for good; the volume is this claim’s until the claim is deleted.',
        zh: '不用再动 PVC：控制器每 15 秒看一次，有了合适的卷就会绑定。绑定是长久的，PVC 删除之前这个卷一直属于它。',
      },
    },
  ],
  solution: [
    {
      task: 'volume',
      apply: 'host-10m-pv.yaml',
      why: { en: 'A volume, made by hand', zh: '手工创建一个卷' },
      until: volume,
    },
    {
      task: 'bound',
      apply: 'host-5m-pvc.yaml',
      why: { en: 'A claim that is smaller than the volume', zh: '一个比卷小的 PVC' },
      until: pvcBound('host-5m-pvc', SMALL),
    },
    {
      task: 'waits',
      apply: 'host-100m-pvc.yaml',
      why: { en: 'A claim that no volume is large enough for', zh: '一个没有卷能满足的 PVC' },
      until: waited,
    },
    {
      task: 'grown',
      apply: 'host-100m-pv.yaml',
      why: { en: 'Now there is one', zh: '现在有了' },
      until: pvcBound('host-100m-pvc', LARGE),
    },
  ],
  wrong: [
    {
      id: 'other-class',
      refusedBy: 'bound',
      steps: [
        { apply: 'host-10m-pv.yaml', why: { en: 'A volume', zh: '一个卷' }, until: volume },
        {
          apply: 'other-class.yaml',
          why: { en: 'A claim of another class', zh: '存储类写错的 PVC' },
          until: pvcPending('host-5m-pvc', { because: /no StorageClass host-other/ }),
        },
      ],
    },
    {
      id: 'small-volume',
      refusedBy: 'bound',
      steps: [
        { apply: 'small-volume.yaml', why: { en: 'A volume of 4Mi', zh: '只有 4Mi 的卷' } },
        {
          apply: 'host-5m-pvc.yaml',
          why: { en: 'A claim that it is too small for', zh: '它满足不了的 PVC' },
          until: pvcPending('host-5m-pvc'),
        },
      ],
    },
    {
      id: 'volume-first',
      refusedBy: 'waits',
      steps: [
        {
          apply: 'host-100m-pv.yaml',
          why: { en: 'The large volume first', zh: '先创建大的卷' },
          until: objectHas('PersistentVolume', 'host-100m-pv', { 'status.phase': 'Available' }),
        },
        {
          apply: 'host-100m-pvc.yaml',
          why: { en: 'So the claim never waits', zh: '于是 PVC 不用等' },
          until: pvcBound('host-100m-pvc', LARGE),
        },
      ],
    },
  ],
})
