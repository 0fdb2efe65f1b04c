import {
  defineLab,
  not,
  objectHas,
  podDeleted,
  podImages,
  revisionHistory,
  rolled,
  rolledOut,
  statefulSetReady,
  survives,
} from 'statelab/lab'

const IMAGE = 'spec.template.spec.containers[0].image'
const PARTITION = 'spec.updateStrategy.rollingUpdate.partition'

const history = revisionHistory('nginx-web', ['nginx:alpine', 'nginx:1.22'])
const everywhere = rolledOut('nginx-web', 'nginx:1.22')
const partitioned = objectHas('StatefulSet', 'nginx-web', { [PARTITION]: 1 })
const canary = podImages('nginx-web', ['nginx:1.22', 'nginx:latest', 'nginx:latest'])

/** Pods that are back have their image. */
const soon = { timeoutMs: 10_000 }

const updated = {
  apply: 'nginx-web-1.22.yaml',
  why: { en: 'Another image in the template; the controller replaces the Pods', zh: '模板换了镜像，控制器会逐个替换 Pod' },
} as const

export default defineLab({
  id: 'sts-rollout',
  track: 'statefulset',
  minutes: 20,
  kubernetes: '>=1.27',
  title: { en: 'A rolling update, and a canary', zh: '滚动更新与金丝雀发布' },
  tasks: [
    {
      id: 'updated',
      title: { en: 'nginx:1.22 was rolled out to every Pod', zh: 'nginx:1.22 已滚动更新到每个 Pod' },
      checks: [history, everywhere],
      hints: [
        {
          when: not(objectHas('StatefulSet', 'nginx-web')),
          text: {
            en: 'There is no StatefulSet nginx-web. To update it there is no need to delete it; `statelab reset sts-rollout` makes it again.',
            zh: '没有名为 nginx-web 的 StatefulSet。更新并不需要删除它；`statelab reset sts-rollout` 可以重新创建。',
          },
        },
        {
          when: not(revisionHistory('nginx-web', ['nginx:alpine'])),
          text: {
            en: 'This StatefulSet has no history: it was deleted and made again. All Pods were away at the same time, and nothing can be rolled back. `statelab reset sts-rollout`, then change the template in place.',
            zh: '这个 StatefulSet 没有历史：它是删除后重新创建的。那期间所有 Pod 同时不在，也没有可以回滚的版本。请先 `statelab reset sts-rollout`，再就地修改模板。',
          },
        },
        {
          when: objectHas('StatefulSet', 'nginx-web', { [IMAGE]: 'nginx:alpine' }),
          text: {
            en: 'The template still says nginx:alpine. `kubectl set image --help` shows how to change one container of a template; `kubectl get pods --watch` in a second terminal shows what then happens.',
            zh: '模板里还是 nginx:alpine。`kubectl set image --help` 说明怎样修改模板里某个容器的镜像；在另一个终端用 `kubectl get pods --watch` 看看会发生什么。',
          },
        },
        {
          when: objectHas('StatefulSet', 'nginx-web', { [IMAGE]: 'nginx:latest' }),
          text: {
            en: 'The template says nginx:latest, and nginx-web-0 does not keep nginx:1.22. Set the partition to 0 and the image back to nginx:1.22, until every Pod has it. Then the canary: first the partition, then the image.',
            zh: '模板里已经是 nginx:latest，而 nginx-web-0 没有停留在 nginx:1.22。先把 partition 设为 0，把镜像改回 nginx:1.22，等每个 Pod 都换好。然后才是金丝雀：先设置 partition，再改镜像。',
          },
        },
        {
          when: not(objectHas('StatefulSet', 'nginx-web', { [PARTITION]: 0 })),
          text: {
            en: 'The template says nginx:1.22, but the update strategy holds Pods back: a partition above 0, or OnDelete. `kubectl get statefulset nginx-web -o yaml` shows it. The first update is for every Pod.',
            zh: '模板里已经是 nginx:1.22，但更新策略拦住了一些 Pod：partition 大于 0，或者是 OnDelete。用 `kubectl get statefulset nginx-web -o yaml` 查看。第一次更新要到达每个 Pod。',
          },
        },
        {
          text: {
            en: '`kubectl rollout status statefulset nginx-web` waits for the end of the update. If it does not come, the Pod that is not ready holds it up: `kubectl get pods`.',
            zh: '`kubectl rollout status statefulset nginx-web` 会等到更新结束。如果一直等不到，就是有 Pod 没有就绪、挡住了后面的：`kubectl get pods`。',
          },
        },
      ],
      learned: {
        en: 'A StatefulSet is updated from the highest ordinal down, one Pod at a time, and goes on only when the new Pod is ready. Names and claims stay.',
        zh: 'StatefulSet 从序号最大的 Pod 开始更新，一次一个，新 Pod 就绪之后才继续。名字和 PVC 都不变。',
      },
    },
    {
      id: 'canary',
      title: { en: 'nginx:latest runs in nginx-web-1 and -2 only', zh: 'nginx:latest 只在 nginx-web-1 和 -2 上运行' },
      checks: [partitioned, canary],
      hints: [
        {
          when: not(partitioned),
          text: {
            en: 'Pods with an ordinal below the partition keep the old template. `kubectl explain statefulset.spec.updateStrategy.rollingUpdate` says more; -0 is to keep the old one. Set it before you change the image.',
            zh: '序号小于 partition 的 Pod 保留旧模板。详见 `kubectl explain statefulset.spec.updateStrategy.rollingUpdate`；-0 要保留旧的。请在修改镜像之前设置它。',
          },
        },
        {
          when: objectHas('StatefulSet', 'nginx-web', { [IMAGE]: 'nginx:1.22' }),
          text: {
            en: 'The partition is set, and nothing has happened: it only matters at the next change of the template. Now the image.',
            zh: 'partition 设好了，但什么都没发生：它在下一次修改模板时才起作用。现在改镜像。',
          },
        },
        {
          text: {
            en: '`kubectl get pods -o custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[0].image` shows who runs what.',
            zh: '`kubectl get pods -o custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[0].image` 能看到每个 Pod 运行的镜像。',
          },
        },
      ],
      learned: {
        en: 'With a partition two revisions live side by side: currentRevision below it, updateRevision from it upwards. Lower it step by step, and the canary becomes a rollout.',
        zh: '有了 partition，两个版本可以并存：序号小于它的是 currentRevision，其余是 updateRevision。逐步把它调小，金丝雀就变成了全量发布。',
      },
    },
    {
      id: 'held',
      title: {
        en: 'nginx-web-0 stays on the old revision, whatever happens to it',
        zh: '无论发生什么，nginx-web-0 都停留在旧版本',
      },
      checks: [survives(canary, podDeleted('nginx-web-0'), soon), survives(canary, rolled('nginx-web'), soon)],
      hints: [
        {
          text: {
            en: 'Delete nginx-web-0: from which of the two revisions is it made again? Then `kubectl rollout restart statefulset nginx-web`: which Pods are replaced, and in which order?',
            zh: '删除 nginx-web-0：重建时用的是哪个版本？再执行 `kubectl rollout restart statefulset nginx-web`：哪些 Pod 被替换，顺序如何？',
          },
        },
      ],
      learned: {
        en: 'The partition is about ordinals, not about what happens to run: a Pod below it comes back from the old revision, which the controller keeps as a ControllerRevision.',
        zh: 'partition 只看序号，不看当时在运行什么：序号小于它的 Pod 重建时仍用旧版本，控制器把旧版本保存在 ControllerRevision 里。',
      },
    },
  ],
  solution: [
    { ...updated, task: 'updated', until: everywhere },
    {
      task: 'canary',
      apply: 'canary.yaml',
      why: {
        en: 'The partition and the new image: -1 and -2 get it, -0 does not',
        zh: '同时设置 partition 和新镜像：-1 和 -2 更新，-0 不更新',
      },
      until: canary,
    },
  ],
  wrong: [
    {
      id: 'deleted-and-made-again',
      refusedBy: 'updated',
      steps: [
        {
          delete: { kind: 'StatefulSet', name: 'nginx-web' },
          why: { en: 'All Pods go at once', zh: '所有 Pod 同时消失' },
        },
        { ...updated, until: statefulSetReady('nginx-web', { replicas: 3 }) },
      ],
    },
    {
      id: 'no-partition',
      refusedBy: 'canary',
      steps: [
        {
          apply: 'no-partition.yaml',
          why: { en: 'The newest image, for everybody', zh: '最新镜像，所有 Pod 都换' },
          until: rolledOut('nginx-web', 'nginx:latest'),
        },
      ],
    },
    {
      id: 'not-held',
      refusedBy: 'held',
      steps: [
        { ...updated, until: everywhere },
        {
          patch: {
            kind: 'StatefulSet',
            name: 'nginx-web',
            patch: { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } },
          },
          why: { en: 'Nothing is replaced by itself', zh: '不会自动替换任何 Pod' },
        },
        {
          apply: 'on-delete.yaml',
          why: { en: 'The new image; who gets it is decided by hand', zh: '新镜像；谁来用由手工决定' },
          until: objectHas('StatefulSet', 'nginx-web', { [IMAGE]: 'nginx:latest' }),
        },
        {
          delete: { kind: 'Pod', name: 'nginx-web-2' },
          why: { en: 'The Pods of the canary, by hand', zh: '手工替换要做金丝雀的 Pod' },
          until: podImages('nginx-web', ['nginx:1.22', 'nginx:1.22', 'nginx:latest']),
        },
        {
          delete: { kind: 'Pod', name: 'nginx-web-1' },
          why: { en: 'It looks right, until -0 is deleted', zh: '看起来没问题，直到 -0 被删除' },
          until: canary,
        },
      ],
    },
  ],
})
