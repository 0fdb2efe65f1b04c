import {
  allOf,
  defineLab,
  headlessService,
  mountedAt,
  not,
  objectHas,
  pvcBound,
  pvcPending,
  rolled,
  servesPage,
  statefulSetReady,
  survives,
} from 'statelab/lab'

const SET = 'nginx-web'
const PODS = [0, 1, 2].map((ordinal) => `${SET}-${ordinal}`)
const PATH = '/usr/share/nginx/html'
const claimOf = (pod: string): string => `www-storage-${pod}`

const ready = statefulSetReady(SET, { replicas: 3 })
const page = (pod: string) => servesPage(`http://${pod}.nginx/`, { from: `${SET}-0`, text: pod })
const pages = allOf(...PODS.map(page))
const write = (pod: string) => ({ pod, command: ['sh', '-c', `hostname > ${PATH}/index.html`] })

export default defineLab({
  id: 'nginx-web',
  track: 'statefulset',
  minutes: 20,
  kubernetes: '>=1.27',
  title: { en: 'Three web servers, three sites', zh: '三个 Web 服务器，三个站点' },
  tasks: [
    {
      id: 'ready',
      title: {
        en: 'Three nginx run in StatefulSet nginx-web, and Service nginx lists them',
        zh: 'StatefulSet nginx-web 运行三个 nginx，Service nginx 列出了它们',
      },
      checks: [ready, headlessService('nginx', { governs: SET })],
      learned: {
        en: 'Service, StatefulSet and claim template belong together: the first gives the names, the second the numbers, the third the volumes.',
        zh: 'Service、StatefulSet 和申领模板是一套：第一个给域名，第二个给编号，第三个给卷。',
      },
      hints: [
        {
          when: objectHas('StatefulSet', SET, {}, { namespace: 'default' }),
          text: {
            en: 'There is an nginx-web in namespace default. This lab looks in lab-nginx-web: use `statelab kubectl`, or `kubectl -n lab-nginx-web`.',
            zh: 'nginx-web 建在了 default 命名空间里。本实验看的是 lab-nginx-web：请用 `statelab kubectl`，或 `kubectl -n lab-nginx-web`。',
          },
        },
        {
          when: not(objectHas('StatefulSet', SET)),
          text: {
            en: 'There is no StatefulSet nginx-web yet: `serviceName: nginx`, 3 replicas, and a claim template; `kubectl explain statefulset.spec` lists the fields.',
            zh: '还没有名为 nginx-web 的 StatefulSet：`serviceName: nginx`，3 个副本，加上申领模板；字段可以用 `kubectl explain statefulset.spec` 查看。',
          },
        },
        {
          when: pvcPending(claimOf(`${SET}-0`)),
          text: {
            en: 'The claim of the first Pod is Pending, and the Pod waits for it: `kubectl describe pvc www-storage-nginx-web-0` ends with the reason.',
            zh: '第一个 Pod 的 PVC 处于 Pending，Pod 在等它：`kubectl describe pvc www-storage-nginx-web-0` 的末尾写着原因。',
          },
        },
        {
          when: not(objectHas('Service', 'nginx', { 'spec.clusterIP': 'None' })),
          text: {
            en: 'There is no headless Service nginx: one with `clusterIP: None` and the selector `app: nginx`. One that has an IP must be deleted and made again.',
            zh: '没有名为 nginx 的 Headless Service：它要有 `clusterIP: None`，并选择 `app: nginx`。已经有 IP 的 Service 只能删除后重建。',
          },
        },
        {
          when: not(objectHas('StatefulSet', SET, { 'spec.replicas': 3 })),
          text: { en: 'The lab wants three replicas: `spec.replicas`.', zh: '本实验要三个副本：`spec.replicas`。' },
        },
        {
          text: {
            en: '`kubectl get pods` shows which Pod is not ready, and `kubectl describe pod` why. `kubectl get endpointslices` shows whom the Service lists.',
            zh: '`kubectl get pods` 能看到哪个 Pod 没有就绪，`kubectl describe pod` 会说明原因。`kubectl get endpointslices` 能看到 Service 列出了谁。',
          },
        },
      ],
    },
    {
      id: 'claims',
      title: { en: 'Each has a claim of its own, of the default class', zh: '每个副本都有自己的 PVC，使用默认的存储类' },
      checks: [
        ...PODS.map((pod) =>
          pvcBound(claimOf(pod), { storageClass: 'nfs-client', accessMode: 'ReadWriteOnce', request: '20Gi' }),
        ),
        mountedAt('StatefulSet', SET, { claimTemplate: 'www-storage', path: PATH }),
      ],
      learned: {
        en: 'A claim that names no class gets the default one when it is made. The name of the claim is template, set and number: that is how a Pod finds it again.',
        zh: '没有写存储类的 PVC，创建时会得到默认的存储类。PVC 的名字由模板、StatefulSet 和编号组成：Pod 就是这样再次找到它的。',
      },
      hints: [
        {
          when: not(objectHas('StatefulSet', SET, { 'spec.volumeClaimTemplates[0].metadata.name': 'www-storage' })),
          text: {
            en: 'The StatefulSet has no claim template www-storage. A claim that the Pods share is something else: what one writes, all serve. Templates cannot be added in place: delete the StatefulSet and apply it again.',
            zh: 'StatefulSet 里没有名为 www-storage 的申领模板。几个 Pod 共用一个 PVC 是另一回事：一个写，大家都跟着变。模板不能就地添加：删除 StatefulSet 再重新 apply。',
          },
        },
        {
          when: not(mountedAt('StatefulSet', SET, { claimTemplate: 'www-storage', path: PATH })),
          text: {
            en: 'The claim is not mounted where nginx looks for its pages: /usr/share/nginx/html.',
            zh: '卷没有挂载到 nginx 找页面的地方：/usr/share/nginx/html。',
          },
        },
        {
          text: {
            en: 'Compare `kubectl get pvc` with the brief: access mode RWO, 20Gi, class nfs-client, which comes by itself when none is named. A bound claim keeps what it was made with.',
            zh: '把 `kubectl get pvc` 和任务说明比对：访问模式 RWO，20Gi，存储类 nfs-client（不写时会自动得到）。已经绑定的 PVC 不会再变。',
          },
        },
      ],
    },
    {
      id: 'pages',
      title: { en: 'Each serves a page with its own name', zh: '每个副本都返回写有自己名字的页面' },
      checks: PODS.map(page),
      learned: {
        en: 'By *pod.service* every replica can be asked for itself. The name of the Service alone leads to any of them.',
        zh: '用“Pod 名.Service 名”可以访问指定的副本；只用 Service 名，访问到的是其中任意一个。',
      },
      hints: [
        {
          when: page(`${SET}-0`),
          text: {
            en: 'nginx-web-0 serves its own name. The others need pages of their own too: each holds nothing but its name.',
            zh: 'nginx-web-0 已经返回自己的名字。其他副本也要有自己的页面：内容只有它自己的名字。',
          },
        },
        {
          text: {
            en: 'nginx answers 403 as long as the volume is empty. Write the name of the Pod into /usr/share/nginx/html/index.html of each: `kubectl exec … -- sh -c "…"`; `hostname` prints it.',
            zh: '卷是空的时候，nginx 返回 403。把每个 Pod 的名字写进它的 /usr/share/nginx/html/index.html：`kubectl exec … -- sh -c "…"`；`hostname` 会打印名字。',
          },
        },
      ],
    },
    {
      id: 'survives',
      title: { en: 'The pages are still there after a rolling update', zh: '滚动更新之后，页面都还在' },
      checks: [survives(pages, rolled(SET))],
      learned: {
        en: 'A rolling update replaces the Pods from the highest number down, one at a time; each gets its old volume. Two of three answer all the while.',
        zh: '滚动更新从最大的编号开始逐个替换 Pod，每个 Pod 拿回原来的卷。整个过程中，三个里总有两个在服务。',
      },
      hints: [
        {
          text: {
            en: '`kubectl rollout restart statefulset nginx-web` replaces all Pods. A page that is lost afterwards was not on the claim: where is the volume mounted, and where was the page written?',
            zh: '`kubectl rollout restart statefulset nginx-web` 会替换所有 Pod。更新之后丢失的页面，原来就不在卷上：卷挂在哪里？页面写到了哪里？',
          },
        },
      ],
    },
  ],
  solution: [
    {
      task: 'ready',
      apply: 'nginx-svc.yaml',
      why: { en: 'Names for the Pods', zh: '给 Pod 提供域名' },
    },
    {
      apply: 'nginx-web.yaml',
      why: { en: 'Three Pods, each with a claim of the default class', zh: '三个 Pod，各有一个默认存储类的 PVC' },
      until: ready,
    },
    ...PODS.map((pod) => ({
      task: 'pages',
      exec: write(pod),
      why: { en: `The page of ${pod}, on its own volume`, zh: `${pod} 的页面，写在它自己的卷上` },
      until: page(pod),
    })),
  ],
  wrong: [
    {
      id: 'shared-volume',
      refusedBy: 'claims',
      steps: [
        { apply: 'nginx-svc.yaml', why: { en: 'Names for the Pods', zh: '给 Pod 提供域名' } },
        { apply: 'shared-volume.yaml', why: { en: 'One volume for all', zh: '大家共用一个卷' }, until: ready },
      ],
    },
    {
      id: 'shared-pages',
      refusedBy: 'pages',
      steps: [
        { apply: 'nginx-svc.yaml', why: { en: 'Names for the Pods', zh: '给 Pod 提供域名' } },
        { apply: 'shared-volume.yaml', why: { en: 'One volume for all', zh: '大家共用一个卷' }, until: ready },
        ...PODS.map((pod) => ({
          exec: write(pod),
          why: { en: 'The last one to write wins', zh: '最后写的人说了算' },
        })),
      ],
    },
    {
      id: 'pages-in-containers',
      refusedBy: 'survives',
      steps: [
        { apply: 'nginx-svc.yaml', why: { en: 'Names for the Pods', zh: '给 Pod 提供域名' } },
        { apply: 'no-volume.yaml', why: { en: 'No volume at all', zh: '完全没有卷' }, until: ready },
        ...PODS.map((pod) => ({
          exec: write(pod),
          why: { en: 'The page is there, for now', zh: '页面写进去了，暂时还在' },
          until: page(pod),
        })),
      ],
    },
  ],
})
