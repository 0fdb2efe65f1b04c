import { allOf, defineLab, not, objectHas, podFile, podReady, reclaimed } from 'statelab/lab'

const POD = 'nfs-reclaim-pod'
const FILE = { name: 'a.txt', contains: 'hello-world' }
const WRITE = 'for directory in deleted retained archived; do echo hello-world > /$directory/a.txt; done'

const deleted = reclaimed('deleted-pvc', { directory: 'deleted' })
const retained = reclaimed('retained-pvc', { directory: 'kept', file: FILE })
const archived = reclaimed('archived-pvc', { directory: 'archived', file: FILE })

const claimThere = (name: string) => objectHas('PersistentVolumeClaim', name)
const writtenFor = (name: string) => podFile(POD, { path: `/${name}/a.txt`, contains: FILE.contains })

/** What keeps a learner from deleting a claim, or from finding its file afterwards, is the same for each of the three. */
function hintsFor(name: string) {
  const claim = `${name}-pvc`
  return [
    {
      when: allOf(claimThere(claim), podReady(POD), not(writtenFor(name))),
      text: {
        en: `Before PVC ${claim} is deleted there must be something to lose: write a.txt with hello-world into /${name} of Pod ${POD}.`,
        zh: `删除 PVC ${claim} 之前，先得有东西可丢：在 Pod ${POD} 的 /${name} 里写 a.txt，内容是 hello-world。`,
      },
    },
    {
      when: allOf(claimThere(claim), objectHas('Pod', POD)),
      text: {
        en: `PVC ${claim} is still there. A claim that a Pod uses is only marked: it stays Terminating until the Pod is gone. \`kubectl describe pvc ${claim}\` shows who uses it.`,
        zh: `PVC ${claim} 还在。只要有 Pod 在用，PVC 就只是被打上删除标记，一直处于 Terminating，直到 Pod 没有了。\`kubectl describe pvc ${claim}\` 会显示谁在用它。`,
      },
    },
    {
      when: claimThere(claim),
      text: {
        en: `PVC ${claim} is still there: this task is about what happens after its deletion.`,
        zh: `PVC ${claim} 还在：这个任务看的是删除之后的事。`,
      },
    },
  ]
}

const LOOK = {
  text: {
    en: 'The provisioner does its work within seconds after the claim is gone. `kubectl get pvc,pv` and `docker exec statelab-nfs ls -laR /export` show how far it is.',
    zh: 'PVC 没有了之后，provisioner 会在几秒内做完它的事。用 `kubectl get pvc,pv` 和 `docker exec statelab-nfs ls -laR /export` 看看进行到哪一步。',
  },
}

function hintTooLate(name: string) {
  return {
    when: not(claimThere(`${name}-pvc`)),
    text: {
      en: `PVC ${name}-pvc is gone. If its directory on the server has no a.txt, or one without hello-world, it was deleted too early, and there is no way back to its volume: \`statelab reset nfs-reclaim\` begins anew.`,
      zh: `PVC ${name}-pvc 已经没有了。如果服务器上它的目录里没有 a.txt，或者 a.txt 里没有 hello-world，那就是删早了；那个卷已经回不来了，用 \`statelab reset nfs-reclaim\` 重新开始。`,
    },
  }
}

export default defineLab({
  id: 'nfs-reclaim',
  track: 'nfs',
  minutes: 15,
  kubernetes: '>=1.27',
  title: { en: 'What is left of a deleted claim', zh: 'PVC 删除之后还剩什么' },
  tasks: [
    {
      id: 'deleted',
      title: { en: 'Class nfs-client: the data goes with the claim', zh: '存储类 nfs-client：数据随 PVC 一起消失' },
      checks: [deleted],
      hints: [...hintsFor('deleted'), LOOK],
      learned: {
        en: 'This is the default class. `kubectl delete pvc` is the deletion of data: there is no undo.',
        zh: '这是默认的存储类。`kubectl delete pvc` 就是删除数据，没有后悔药。',
      },
    },
    {
      id: 'retained',
      title: { en: 'Class nfs-client-retained: the directory stays', zh: '存储类 nfs-client-retained：目录保留' },
      checks: [retained],
      hints: [...hintsFor('retained'), hintTooLate('retained'), LOOK],
      learned: {
        en: 'The PV went, because its policy is Delete; what that means for the directory is decided by a parameter of the class, onDelete: retain. The data can be used again by a static volume.',
        zh: 'PV 没有了，因为它的回收策略是 Delete；但目录怎么处理，由存储类的参数 onDelete: retain 决定。这些数据可以用静态卷再次使用。',
      },
    },
    {
      id: 'archived',
      title: { en: 'Class nfs-client-archived: the directory gets another name', zh: '存储类 nfs-client-archived：目录改名保存' },
      checks: [archived],
      hints: [...hintsFor('archived'), hintTooLate('archived'), LOOK],
      learned: {
        en: 'With archiveOnDelete: "true" the directory is renamed to archived-…: nothing is lost, and everybody sees that nobody uses it any more. Somebody has to tidy up, some day.',
        zh: '设了 archiveOnDelete: "true"，目录会改名为 archived-…：什么都没丢，而且一眼就能看出它已经没有人用了。只是总有一天要有人来清理。',
      },
    },
  ],
  solution: [
    {
      task: 'deleted',
      exec: { pod: POD, command: ['sh', '-c', WRITE] },
      why: { en: 'Something to lose, in all three', zh: '三个卷里都写点东西' },
    },
    {
      delete: { kind: 'Pod', name: POD },
      why: { en: 'A claim that is in use would not go', zh: '正在使用的 PVC 是删不掉的' },
    },
    {
      delete: { kind: 'PersistentVolumeClaim', name: 'deleted-pvc' },
      why: { en: 'The provisioner deletes the directory', zh: 'provisioner 会删除目录' },
      until: deleted,
    },
    {
      task: 'retained',
      delete: { kind: 'PersistentVolumeClaim', name: 'retained-pvc' },
      why: { en: 'The provisioner leaves the directory alone', zh: 'provisioner 不会动目录' },
      until: retained,
    },
    {
      task: 'archived',
      delete: { kind: 'PersistentVolumeClaim', name: 'archived-pvc' },
      why: { en: 'The provisioner renames the directory', zh: 'provisioner 会给目录改名' },
      until: archived,
    },
  ],
  wrong: [
    {
      id: 'pod-still-runs',
      refusedBy: 'deleted',
      steps: [
        { exec: { pod: POD, command: ['sh', '-c', WRITE] }, why: { en: 'Something to lose', zh: '写点东西' } },
        {
          delete: { kind: 'PersistentVolumeClaim', name: 'deleted-pvc', wait: false },
          why: { en: 'The claim is in use, and stays Terminating', zh: 'PVC 正在使用，一直是 Terminating' },
        },
      ],
    },
    {
      id: 'nothing-written',
      refusedBy: 'retained',
      steps: [
        {
          delete: { kind: 'Pod', name: POD },
          why: { en: 'Nothing was written', zh: '什么都没有写' },
        },
        {
          delete: { kind: 'PersistentVolumeClaim', name: 'retained-pvc' },
          why: { en: 'The directory stays, and is empty', zh: '目录保留了，但是空的' },
        },
      ],
    },
  ],
})
