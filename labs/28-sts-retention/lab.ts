import {
  allOf,
  claimAfterScaling,
  claimsAfterDeletion,
  defineLab,
  not,
  objectHas,
  pvcBound,
  statefulSetReady,
} from 'statelab/lab'

const SCALED = 'spec.persistentVolumeClaimRetentionPolicy.whenScaled'
const DELETED = 'spec.persistentVolumeClaimRetentionPolicy.whenDeleted'
const OWNER = 'metadata.ownerReferences[0].kind'

const workersSay = objectHas('StatefulSet', 'workers', { [SCALED]: 'Delete', [DELETED]: 'Retain' })
const previewSays = objectHas('StatefulSet', 'preview', { [SCALED]: 'Retain', [DELETED]: 'Delete' })
const previewOwns = objectHas('PersistentVolumeClaim', 'data-preview-0', { [OWNER]: 'StatefulSet' })
const workersReady = statefulSetReady('workers', { replicas: 1 })
const previewReady = statefulSetReady('preview', { replicas: 1 })
const workersClaim = objectHas('PersistentVolumeClaim', 'data-workers-1')

const bothReady = allOf(statefulSetReady('workers', { replicas: 2 }), statefulSetReady('preview', { replicas: 2 }))

const toOne = { en: 'Two replicas become one', zh: '两个副本变成一个' }

export default defineLab({
  id: 'sts-retention',
  track: 'statefulset',
  minutes: 15,
  // persistentVolumeClaimRetentionPolicy is on by default since 1.27, and stable since 1.32.
  kubernetes: '>=1.27',
  title: { en: 'Claims that go with their StatefulSet, and claims that stay', zh: 'PVC 的去留：跟着 StatefulSet 走，还是留下' },
  tasks: [
    {
      id: 'policies',
      title: { en: 'Each StatefulSet says what becomes of its claims', zh: '每个 StatefulSet 都写明了 PVC 的去留' },
      checks: [workersSay, previewSays, previewOwns],
      hints: [
        {
          when: allOf(
            objectHas('StatefulSet', 'workers', { [SCALED]: 'Retain', [DELETED]: 'Delete' }),
            objectHas('StatefulSet', 'preview', { [SCALED]: 'Delete', [DELETED]: 'Retain' }),
          ),
          text: {
            en: 'The two policies are the wrong way round: read again which of the two is scratch space.',
            zh: '两个策略写反了：再读一遍任务说明，看看哪一个是临时空间。',
          },
        },
        {
          when: not(objectHas('StatefulSet', 'workers')),
          text: {
            en: 'StatefulSet workers is gone. `statelab reset sts-retention` makes it again.',
            zh: 'StatefulSet workers 不见了。`statelab reset sts-retention` 可以重新创建。',
          },
        },
        {
          when: not(workersSay),
          text: {
            en: 'workers: what a Pod that is scaled away leaves is to go (`whenScaled`), but deleting the StatefulSet must not lose anything (`whenDeleted`). `kubectl explain statefulset.spec.persistentVolumeClaimRetentionPolicy` lists the values.',
            zh: 'workers：缩容掉的 Pod 留下的数据要删除（`whenScaled`），但删除 StatefulSet 时什么都不能丢（`whenDeleted`）。可选的值见 `kubectl explain statefulset.spec.persistentVolumeClaimRetentionPolicy`。',
          },
        },
        {
          when: not(previewSays),
          text: {
            en: 'preview is the other way round: it may sleep (scaled to fewer Pods) and must wake with its data; when it is deleted, its volumes are to go too.',
            zh: 'preview 正相反：它可以“睡觉”（缩容），醒来时数据必须还在；删除它的时候，卷也要一起删除。',
          },
        },
        {
          text: {
            en: 'Unlike most fields of a StatefulSet, this policy can be changed in place: `kubectl edit statefulset workers`, or apply the changed file.',
            zh: '和 StatefulSet 的大多数字段不同，这个策略可以就地修改：`kubectl edit statefulset workers`，或者改好文件后重新 apply。',
          },
        },
      ],
      learned: {
        en: 'The controller carries the policy out with owner references: a claim that is to go with its StatefulSet has it as its owner. By default a claim has no owner and stays for ever.',
        zh: '控制器用 ownerReference 来实现这个策略：要跟 StatefulSet 一起删除的 PVC，属主就是它。默认情况下 PVC 没有属主，会一直留着。',
      },
    },
    {
      id: 'scaled',
      title: {
        en: 'Scaled down: the volume of workers-1 goes, that of preview-1 stays',
        zh: '缩容之后：workers-1 的卷删除，preview-1 的卷保留',
      },
      checks: [
        workersReady,
        previewReady,
        claimAfterScaling('workers', { template: 'data', policy: 'Delete' }),
        claimAfterScaling('preview', { template: 'data', policy: 'Retain' }),
      ],
      hints: [
        {
          when: not(allOf(workersReady, previewReady)),
          text: {
            en: 'Scale both StatefulSets to one replica, and look at `kubectl get pvc` before and after.',
            zh: '把两个 StatefulSet 都缩容到一个副本，前后各看一次 `kubectl get pvc`。',
          },
        },
        {
          when: workersClaim,
          text: {
            en: 'The claim data-workers-1 is still there although its Pod is not. What did the policy say at the moment when the Pod went? Scale up and down once more.',
            zh: 'Pod 没有了，PVC data-workers-1 却还在。Pod 被删除的那一刻，策略是怎么写的？再扩容、缩容一次看看。',
          },
        },
        {
          text: {
            en: 'A claim that you delete by hand shows nothing: the check scales each StatefulSet up and down and looks what becomes of the claim then.',
            zh: '手工删除 PVC 说明不了什么：检查会把每个 StatefulSet 扩容再缩容，看 PVC 的去留。',
          },
        },
      ],
      learned: {
        en: 'whenScaled is about the Pods above the new number only. A Pod that fails or is deleted and made again keeps its claim under every policy.',
        zh: 'whenScaled 只针对缩容掉的那些 Pod。Pod 出故障或被删除后重建，不管什么策略，PVC 都保留。',
      },
    },
    {
      id: 'deleted',
      title: {
        en: 'Deleted: the volumes of preview go, those of workers stay',
        zh: '删除 StatefulSet 之后：preview 的卷删除，workers 的卷保留',
      },
      checks: [
        claimsAfterDeletion('preview', { template: 'data', policy: 'Delete' }),
        claimsAfterDeletion('workers', { template: 'data', policy: 'Retain' }),
      ],
      hints: [
        {
          when: not(objectHas('StatefulSet', 'preview')),
          text: {
            en: 'StatefulSet preview is deleted: now look at its claims and at the directories on the server. Then apply it again; the check deletes it once more, and makes it again.',
            zh: 'StatefulSet preview 已删除：现在看看它的 PVC 和服务器上的目录。然后重新 apply；检查会再删除它一次，并重新创建。',
          },
        },
        {
          text: {
            en: 'The check deletes each StatefulSet, looks at claims and directories, and makes it again. Do the same by hand: which lines does `/data/starts` have afterwards?',
            zh: '检查会删除每个 StatefulSet，查看 PVC 和目录，再重新创建。请手工也做一遍：之后 `/data/starts` 里有哪几行？',
          },
        },
      ],
      learned: {
        en: 'A claim that goes takes its volume and the directory on the server along, because the class nfs-client says so. Retain on the StatefulSet and the reclaim policy of the class are two different things.',
        zh: 'PVC 被删除时，卷和服务器上的目录也跟着删除，因为存储类 nfs-client 是这么规定的。StatefulSet 的保留策略和存储类的回收策略是两回事。',
      },
    },
  ],
  solution: [
    {
      task: 'policies',
      apply: 'policies.yaml',
      why: { en: 'One policy for each StatefulSet; both can be set in place', zh: '每个 StatefulSet 一个策略；都可以就地设置' },
      until: allOf(bothReady, workersSay, previewSays, previewOwns),
    },
    {
      task: 'scaled',
      scale: { kind: 'StatefulSet', name: 'workers', replicas: 1 },
      why: { en: 'workers-1 goes, and its claim with it', zh: 'workers-1 被删除，它的 PVC 也跟着删除' },
      until: allOf(workersReady, not(workersClaim)),
    },
    {
      scale: { kind: 'StatefulSet', name: 'preview', replicas: 1 },
      why: { en: 'preview-1 goes, its claim waits for it', zh: 'preview-1 被删除，它的 PVC 留着等它回来' },
      until: allOf(previewReady, pvcBound('data-preview-1')),
    },
  ],
  wrong: [
    {
      id: 'swapped',
      refusedBy: 'policies',
      steps: [
        {
          apply: 'swapped.yaml',
          why: { en: 'The two policies the wrong way round', zh: '两个策略写反了' },
          until: bothReady,
        },
      ],
    },
    {
      id: 'deleted-by-hand',
      refusedBy: 'scaled',
      steps: [
        {
          apply: 'no-policy.yaml',
          why: { en: 'Everything as it was: no policy', zh: '一切照旧：没有策略' },
          until: bothReady,
        },
        {
          scale: { kind: 'StatefulSet', name: 'workers', replicas: 1 },
          why: toOne,
          until: workersReady,
        },
        {
          delete: { kind: 'PersistentVolumeClaim', name: 'data-workers-1' },
          why: { en: 'The claim is deleted by hand; the next time it stays again', zh: '手工删除 PVC；下一次它又会留下' },
        },
        {
          scale: { kind: 'StatefulSet', name: 'preview', replicas: 1 },
          why: toOne,
          until: previewReady,
        },
      ],
    },
    {
      id: 'gone-with-the-set',
      refusedBy: 'deleted',
      steps: [
        {
          apply: 'all-delete.yaml',
          why: { en: 'Everything is to be deleted, always', zh: '不管什么时候，全部删除' },
          until: allOf(bothReady, previewOwns),
        },
      ],
    },
  ],
})
