import {
  allOf,
  answered,
  defineLab,
  everyPodMadeBy,
  listsRoots,
  madeBy,
  not,
  objectHas,
  podDeleted,
  statefulSetReady,
  survives,
} from 'statelab/lab'

const ready = statefulSetReady('redis-sts', { replicas: 2 })
const alone = everyPodMadeBy('app=redis', 'StatefulSet/redis-sts')
const stray = objectHas('Deployment', 'redis-sts')

export default defineLab({
  id: 'find-the-owner',
  track: 'statefulset',
  minutes: 20,
  kubernetes: '>=1.27',
  title: { en: 'Who made this Pod?', zh: '这个 Pod 是谁创建的？' },
  tasks: [
    {
      id: 'chain',
      title: { en: 'You know who made the stray Pod', zh: '找出是谁创建了多出来的 Pod' },
      checks: [
        answered(
          { configMap: 'answer', key: 'top' },
          {
            en: "the object at the top of the stray Pod's chain of owners, as Kind/name",
            zh: '多出来的 Pod 所有者链条最上面的对象，写成 Kind/name',
          },
          /^deployments?(\.apps)?[/ ]redis-sts$/i,
        ),
      ],
      learned: {
        en: 'ownerReferences lead from a Pod to whatever makes it again: here by way of a ReplicaSet. A name is unique only among objects of its kind.',
        zh: 'ownerReferences 从 Pod 一路指向不断重建它的对象，这里中间隔着一个 ReplicaSet。名字只在同一种类里唯一。',
      },
      hints: [
        {
          when: answered({ configMap: 'answer', key: 'top' }, { en: '-', zh: '-' }, /replicaset/i),
          text: {
            en: 'A ReplicaSet is the owner of the Pod, but is it the top? Look at its own ownerReferences.',
            zh: 'Pod 的所有者是一个 ReplicaSet，但它在最上面吗？看看它自己的 ownerReferences。',
          },
        },
        {
          when: answered({ configMap: 'answer', key: 'top' }, { en: '-', zh: '-' }, /statefulset/i),
          text: {
            en: 'The name is right, but a StatefulSet numbers its Pods, and this one has no number. Follow the references, not the names.',
            zh: '名字是对的，但 StatefulSet 的 Pod 带编号，这一个没有。要看引用，不要看名字。',
          },
        },
        {
          when: answered({ configMap: 'answer', key: 'top' }, { en: '-', zh: '-' }, /./),
          text: {
            en: 'The answer is to be the topmost object, as Kind/name: follow ownerReferences until there are none.',
            zh: '答案应该是最上面的对象，写成 Kind/name：沿着 ownerReferences 一直找到没有为止。',
          },
        },
        {
          text: {
            en: '`kubectl get pods -l app=redis` shows three Pods; the one without a number is the stray. `kubectl get pod … -o yaml` has its ownerReferences; then look at the owner in the same way.',
            zh: '`kubectl get pods -l app=redis` 能看到三个 Pod；没有编号的那个就是多出来的。`kubectl get pod … -o yaml` 里有它的 ownerReferences；再用同样的办法看它的所有者。',
          },
        },
      ],
    },
    {
      id: 'inventory',
      title: { en: 'You know what else somebody has made here', zh: '弄清这里还有哪些人为创建的对象' },
      checks: [listsRoots({ configMap: 'inventory', key: 'roots' })],
      learned: {
        en: 'What has no owner was made by somebody and goes only when somebody deletes it: claims too, though a StatefulSet made them. `kubectl get all` shows a few kinds only.',
        zh: '没有所有者的对象是人创建的，也只有人去删才会消失；PVC 也一样，尽管它是 StatefulSet 创建的。`kubectl get all` 只显示少数几种对象。',
      },
      hints: [
        {
          when: not(objectHas('ConfigMap', 'inventory')),
          text: {
            en: 'There is no ConfigMap inventory yet: write the list into a file called roots, and make the ConfigMap from it. To write it anew, delete the ConfigMap first.',
            zh: '还没有名为 inventory 的 ConfigMap：把列表写进名为 roots 的文件，再用它创建 ConfigMap。要重写，先删除旧的 ConfigMap。',
          },
        },
        {
          text: {
            en: 'Compare the list with the evidence of `statelab check`: it names the kinds that are missing, or what has an owner and does not belong in it. Claims, ConfigMaps, Secrets and budgets are not in `kubectl get all`.',
            zh: '把列表和 `statelab check` 的证据比对：它会指出缺少哪些种类，或者哪些对象有所有者、不该列出。PVC、ConfigMap、Secret 和 PodDisruptionBudget 都不在 `kubectl get all` 里。',
          },
        },
      ],
    },
    {
      id: 'gone',
      title: {
        en: 'The stray Pod is gone for good, and the StatefulSet is untouched',
        zh: '多出来的 Pod 不再回来，StatefulSet 完好无损',
      },
      checks: [alone, ready],
      learned: {
        en: 'To end what a controller makes, end the controller: what it owns goes with it. Deleting the Pod alone only makes it work.',
        zh: '要结束控制器创建的东西，就得结束控制器本身：它拥有的对象会跟着消失。只删 Pod，反而会让它再干一次活。',
      },
      hints: [
        {
          when: not(objectHas('StatefulSet', 'redis-sts')),
          text: {
            en: 'The StatefulSet is gone; it was to stay. `statelab start find-the-owner` brings it back, and its claims are still there.',
            zh: 'StatefulSet 被删掉了，它应该保留。`statelab start find-the-owner` 会把它建回来，PVC 都还在。',
          },
        },
        {
          when: allOf(stray, objectHas('Deployment', 'redis-sts', { 'spec.replicas': 0 })),
          text: {
            en: 'The Deployment makes no Pods now, but it is still there, and the next one who scales it up brings the stray back. Delete it.',
            zh: '这个 Deployment 现在不创建 Pod，但它还在；谁再把它扩容，多出来的 Pod 就又回来了。请删除它。',
          },
        },
        {
          when: stray,
          text: {
            en: 'Whatever is deleted below it, the object on top makes it again. It is the one that you wrote down in the first task.',
            zh: '删除它下面的任何东西，最上面的对象都会重建。它就是你在第一个任务里记下的那个。',
          },
        },
        {
          when: not(alone),
          text: {
            en: 'There is still a Pod with label app: redis that the StatefulSet has not made. If the Deployment was deleted with --cascade=orphan, its ReplicaSet is now on top.',
            zh: '还有带标签 app: redis、却不是 StatefulSet 创建的 Pod。如果用了 --cascade=orphan 删除 Deployment，现在最上面的是它的 ReplicaSet。',
          },
        },
        {
          text: {
            en: 'Two Pods are to be left, redis-sts-0 and redis-sts-1, and both ready.',
            zh: '最后应该只剩两个 Pod：redis-sts-0 和 redis-sts-1，都处于就绪状态。',
          },
        },
      ],
    },
    {
      id: 'returns',
      title: {
        en: 'A Pod that is deleted alone comes back, by the same owner',
        zh: '只删 Pod，它会回来，所有者还是同一个',
      },
      checks: [survives(madeBy('Pod', 'redis-sts-0', ['StatefulSet/redis-sts']), podDeleted('redis-sts-0'))],
      learned: {
        en: 'The Pods of a StatefulSet have it as their owner directly, with nothing between: that is how they keep their names.',
        zh: 'StatefulSet 的 Pod 直接以它为所有者，中间没有别的对象：名字也因此能保持不变。',
      },
      hints: [
        {
          text: {
            en: 'Delete redis-sts-0 and look at its ownerReferences and its UID before and after.',
            zh: '删除 redis-sts-0，比较前后两次的 ownerReferences 和 UID。',
          },
        },
      ],
    },
  ],
  solution: [
    {
      task: 'chain',
      apply: 'answer.yaml',
      why: { en: 'Pod, ReplicaSet, Deployment: that is the top', zh: 'Pod、ReplicaSet、Deployment：最上面就是它' },
      until: allOf(ready, objectHas('Deployment', 'redis-sts', { 'status.readyReplicas': 1 })),
    },
    {
      task: 'inventory',
      apply: 'inventory.yaml',
      why: { en: 'What nobody owns', zh: '没有所有者的对象' },
    },
    {
      task: 'gone',
      delete: { kind: 'Deployment', name: 'redis-sts' },
      why: { en: 'The ReplicaSet and the Pod go with their owner', zh: 'ReplicaSet 和 Pod 跟着所有者一起消失' },
      until: allOf(alone, ready),
    },
  ],
  wrong: [
    {
      id: 'statefulset-blamed',
      refusedBy: 'chain',
      steps: [{ apply: 'statefulset-blamed.yaml', why: { en: 'The one of that name', zh: '只看了名字' } }],
    },
    {
      id: 'replicaset-blamed',
      refusedBy: 'chain',
      steps: [{ apply: 'replicaset-blamed.yaml', why: { en: 'Stopped half way up', zh: '只找到半路' } }],
    },
    {
      id: 'get-all',
      refusedBy: 'inventory',
      steps: [{ apply: 'get-all.yaml', why: { en: 'Believed that all is all', zh: '以为 all 就是全部' }, until: ready }],
    },
    {
      id: 'scaled-to-nothing',
      refusedBy: 'gone',
      steps: [
        {
          scale: { kind: 'Deployment', name: 'redis-sts', replicas: 0 },
          why: { en: 'The Pod is gone, what makes it is not', zh: 'Pod 没了，创建它的对象还在' },
          until: allOf(ready, objectHas('Deployment', 'redis-sts', { 'status.replicas': undefined })),
        },
      ],
    },
    {
      id: 'orphaned',
      refusedBy: 'gone',
      steps: [
        {
          delete: { kind: 'Deployment', name: 'redis-sts', orphan: true },
          why: { en: 'The owner goes, what it owned stays', zh: '所有者走了，它拥有的留下了' },
          until: ready,
        },
      ],
    },
    {
      id: 'wrong-one-deleted',
      refusedBy: 'gone',
      steps: [
        {
          delete: { kind: 'StatefulSet', name: 'redis-sts' },
          why: { en: 'The same name, another kind', zh: '名字相同，种类不同' },
        },
      ],
    },
  ],
})
