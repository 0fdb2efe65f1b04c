import { apiRefuses, defineLab, not, objectHas, pvcBound } from 'statelab/lab'

const ARCHIVED = 'nfs-client-archived.storageclass.storage.k8s.io/persistentvolumeclaims'

const claim = (name: string, storageClassName: string, storage: string) => ({
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { storageClassName, accessModes: ['ReadWriteMany'], resources: { requests: { storage } } },
})
const bound = (name: string) => pvcBound(name, { storageClass: 'nfs-client', request: '20Mi' })

// The quota's name comes first in the message, then what is asked for, what is used, and the limits that stand against it.
const tooMany = apiRefuses(
  claim('quota-c', 'nfs-client', '20Mi'),
  /exceeded quota: storage-quota, .*limited: (.*,)?persistentvolumeclaims=2/,
  { id: 'count' },
)
const tooLarge = apiRefuses(
  claim('quota-c', 'nfs-client', '20Mi'),
  /exceeded quota: storage-quota, .*limited: .*requests\.storage=50Mi/,
  { id: 'size' },
)
const wrongClass = apiRefuses(
  claim('quota-archived', 'nfs-client-archived', '1Mi'),
  /exceeded quota: storage-quota, .*limited: .*nfs-client-archived\.storageclass\.storage\.k8s\.io\/persistentvolumeclaims=0/,
  { id: 'class' },
)

const quota = {
  apply: 'storage-quota.yaml',
  why: { en: 'At most two claims in this namespace', zh: '这个命名空间里最多两个 PVC' },
  until: objectHas('ResourceQuota', 'storage-quota', { 'status.hard': { persistentvolumeclaims: '2' } }),
} as const
const claims = { apply: 'claims.yaml', why: { en: 'Two claims of 20Mi', zh: '两个 20Mi 的 PVC' } } as const

export default defineLab({
  id: 'quota',
  track: 'volumes',
  minutes: 15,
  kubernetes: '>=1.27',
  title: { en: 'A quota for storage', zh: '给存储设配额' },
  owns: { objects: [{ kind: 'Namespace', name: 'quota-elsewhere' }] },
  tasks: [
    {
      id: 'count',
      title: { en: 'Two claims are bound, a third is refused', zh: '两个 PVC 已绑定，第三个被拒绝' },
      checks: [bound('quota-a'), bound('quota-b'), tooMany],
      hints: [
        {
          when: objectHas('ResourceQuota', 'storage-quota', {}, { namespace: 'default' }),
          text: {
            en: 'There is a storage-quota in namespace default. A quota holds for its own namespace only: delete it there and make it in lab-quota.',
            zh: 'storage-quota 建在了 default 命名空间里。配额只对自己所在的命名空间有效：请在那里删掉它，在 lab-quota 里创建。',
          },
        },
        {
          when: not(objectHas('ResourceQuota', 'storage-quota')),
          text: {
            en: 'There is no ResourceQuota storage-quota in this namespace yet. `kubectl create quota --help` has examples; the resource that counts claims is named like their plural.',
            zh: '这个命名空间里还没有名为 storage-quota 的 ResourceQuota。`kubectl create quota --help` 里有例子；用来数 PVC 的资源名，就是它的复数形式。',
          },
        },
        {
          when: objectHas('PersistentVolumeClaim', 'quota-c'),
          text: {
            en: 'quota-c exists: it was there before the quota, or there was room for it. A quota takes nothing away; it only refuses what is new. Delete quota-c and try again.',
            zh: 'quota-c 已经存在：要么它比配额先创建，要么当时还有余量。配额不会收回已有的东西，只会拒绝新的。请删除 quota-c 再试一次。',
          },
        },
        {
          text: {
            en: '`kubectl describe quota storage-quota` shows what is used and what the limit is; `kubectl get pvc` shows the claims, quota-a and quota-b of 20Mi each in class nfs-client.',
            zh: '`kubectl describe quota storage-quota` 显示已用量和上限；`kubectl get pvc` 显示 PVC：quota-a 和 quota-b，各 20Mi，存储类 nfs-client。',
          },
        },
      ],
      learned: {
        en: 'A quota acts when something is made: the API refuses the claim, and the message says what was asked for, what is used and what the limit is. There is nothing that stays Pending.',
        zh: '配额在创建的那一刻起作用：API 直接拒绝 PVC，消息里写着申请了多少、已用多少、上限多少。不会留下处于 Pending 的东西。',
      },
    },
    {
      id: 'size',
      title: { en: 'All claims together may ask for 50Mi', zh: '所有 PVC 合计最多申请 50Mi' },
      checks: [objectHas('ResourceQuota', 'storage-quota', { 'status.used.persistentvolumeclaims': '2' }), tooLarge],
      hints: [
        {
          when: not(objectHas('ResourceQuota', 'storage-quota', { 'status.used.persistentvolumeclaims': '2' })),
          text: {
            en: 'The quota does not count two claims. It is about quota-a and quota-b: are both there, and no other?',
            zh: '配额数到的不是两个 PVC。这里只涉及 quota-a 和 quota-b：它们都在吗？有没有多出来的？',
          },
        },
        {
          text: {
            en: 'Add the sum of all requests to `spec.hard`: the resource is named `requests.storage`. A quota may be changed in place, with `kubectl edit` or by applying it again.',
            zh: '在 `spec.hard` 里加上申请量之和：资源名是 `requests.storage`。配额可以就地修改，用 `kubectl edit` 或重新 apply 都行。',
          },
        },
      ],
      learned: {
        en: 'What counts is the request, not what is on the disk: a claim of 20Mi counts 20Mi, empty or full.',
        zh: '计入配额的是申请量，而不是磁盘上的实际用量：20Mi 的 PVC 无论空还是满，都算 20Mi。',
      },
    },
    {
      id: 'class',
      title: { en: 'The class nfs-client-archived is not to be used here', zh: '这里不允许使用存储类 nfs-client-archived' },
      checks: [wrongClass],
      hints: [
        {
          text: {
            en: 'A limit can be for one class: CLASS.storageclass.storage.k8s.io/ before the name of the resource. No claim at all is a limit of "0". Mind the quotes: the values are strings.',
            zh: '上限可以只针对一个存储类：在资源名前面加上“类名.storageclass.storage.k8s.io/”。完全不允许，就把上限写成 "0"。注意引号：这些值是字符串。',
          },
        },
      ],
      learned: {
        en: 'So teams get the cheap class in plenty and the dear one by the piece. Where any limit stands against a claim, it is refused.',
        zh: '这样就能让团队多用便宜的存储，限量用昂贵的存储。只要有一项超出上限，PVC 就会被拒绝。',
      },
    },
  ],
  solution: [
    { task: 'count', ...quota },
    { task: 'count', ...claims, until: bound('quota-b') },
    {
      task: 'count',
      apply: 'quota-c.yaml',
      why: { en: 'A third one, to see the refusal', zh: '第三个，看看怎样被拒绝' },
      refused: /exceeded quota: storage-quota/,
      until: tooMany,
    },
    {
      task: 'size',
      patch: {
        kind: 'ResourceQuota',
        name: 'storage-quota',
        patch: { spec: { hard: { 'requests.storage': '50Mi' } } },
      },
      why: { en: 'And 50Mi for all claims together', zh: '再加一条：所有 PVC 合计 50Mi' },
      until: tooLarge,
    },
    {
      task: 'class',
      patch: { kind: 'ResourceQuota', name: 'storage-quota', patch: { spec: { hard: { [ARCHIVED]: '0' } } } },
      why: { en: 'And no claim of the class nfs-client-archived', zh: '再加一条：不许使用 nfs-client-archived' },
      until: wrongClass,
    },
  ],
  wrong: [
    {
      id: 'other-namespace',
      refusedBy: 'count',
      steps: [
        {
          apply: 'elsewhere.yaml',
          why: { en: 'A quota in another namespace', zh: '配额建在了别的命名空间' },
          until: objectHas('ResourceQuota', 'storage-quota', {}, { namespace: 'quota-elsewhere' }),
        },
        { ...claims, until: bound('quota-b') },
      ],
    },
    {
      id: 'too-late',
      refusedBy: 'count',
      steps: [
        { ...claims, until: bound('quota-b') },
        {
          apply: 'quota-c.yaml',
          why: { en: 'A third claim while there is no quota', zh: '还没有配额时的第三个 PVC' },
          until: bound('quota-c'),
        },
        quota,
      ],
    },
  ],
})
