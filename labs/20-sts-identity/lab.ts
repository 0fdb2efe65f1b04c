import {
  allOf,
  defineLab,
  headlessService,
  madeInOrder,
  not,
  objectHas,
  podDeleted,
  podPrints,
  resolves,
  statefulSetReady,
  survives,
} from 'statelab/lab'

const ready = statefulSetReady('redis-sts', { replicas: 2 })
const named = podPrints('redis-sts-0', ['hostname'], 'redis-sts-0')
const found = resolves({ from: 'redis-sts-1', name: 'redis-sts-0.redis-svc', to: ['redis-sts-0'] })

export default defineLab({
  id: 'sts-identity',
  track: 'statefulset',
  minutes: 15,
  kubernetes: '>=1.27',
  title: { en: 'A Pod with a name that stays', zh: '名字不变的 Pod' },
  tasks: [
    {
      id: 'ready',
      title: {
        en: 'Two Pods run in StatefulSet redis-sts, governed by Service redis-svc',
        zh: 'StatefulSet redis-sts 运行两个 Pod，由 Service redis-svc 管理域名',
      },
      checks: [ready, headlessService('redis-svc', { governs: 'redis-sts' })],
      learned: {
        en: 'A StatefulSet is a Pod template with numbers, and with a headless Service that gives the numbers names.',
        zh: 'StatefulSet 就是带编号的 Pod 模板，再加上一个让编号有域名的 Headless Service。',
      },
      hints: [
        {
          when: objectHas('StatefulSet', 'redis-sts', {}, { namespace: 'default' }),
          text: {
            en: 'There is a redis-sts in namespace default. This lab looks in lab-sts-identity: use `statelab kubectl`, or `kubectl -n lab-sts-identity`.',
            zh: 'redis-sts 建在了 default 命名空间里。本实验看的是 lab-sts-identity：请用 `statelab kubectl`，或 `kubectl -n lab-sts-identity`。',
          },
        },
        {
          when: allOf(not(objectHas('StatefulSet', 'redis-sts')), objectHas('Deployment', 'redis-sts')),
          text: {
            en: 'redis-sts is a Deployment: look at the names of its Pods. A StatefulSet is written alike: another `kind`, and a `serviceName`.',
            zh: 'redis-sts 是一个 Deployment：看看它的 Pod 名字。StatefulSet 的写法差不多：`kind` 不同，再加上 `serviceName`。',
          },
        },
        {
          when: not(objectHas('StatefulSet', 'redis-sts')),
          text: {
            en: 'There is no StatefulSet redis-sts yet. It is written like a Deployment, plus `serviceName`; `kubectl explain statefulset.spec` lists the fields.',
            zh: '还没有名为 redis-sts 的 StatefulSet。它的写法像 Deployment，另外多了 `serviceName`；字段可以用 `kubectl explain statefulset.spec` 查看。',
          },
        },
        {
          when: not(objectHas('Service', 'redis-svc')),
          text: {
            en: 'There is no Service redis-svc. The StatefulSet does not make it, and does not complain without it; but the Pods have no DNS names.',
            zh: '没有名为 redis-svc 的 Service。StatefulSet 不会创建它，没有它也不报错，但 Pod 没有域名。',
          },
        },
        {
          when: not(objectHas('Service', 'redis-svc', { 'spec.clusterIP': 'None' })),
          text: {
            en: 'Service redis-svc has an IP of its own, so it is not headless. `clusterIP` cannot be changed in place (`spec.clusterIPs[0]: Invalid value`): delete the Service and make it again.',
            zh: 'Service redis-svc 有自己的 IP，不是 Headless Service。`clusterIP` 不能就地修改（会报 `spec.clusterIPs[0]: Invalid value`）：删除 Service 再重新创建。',
          },
        },
        {
          when: not(objectHas('StatefulSet', 'redis-sts', { 'spec.serviceName': 'redis-svc' })),
          text: {
            en: "The StatefulSet's serviceName is not redis-svc. Nothing fails, but the Pods get no DNS names. The field cannot be changed in place: delete the StatefulSet and apply it again.",
            zh: 'StatefulSet 的 serviceName 不是 redis-svc。不会报错，但 Pod 得不到自己的域名。这个字段不能就地修改：删除 StatefulSet 后重新 apply。',
          },
        },
        {
          text: {
            en: '`kubectl get pods` shows which Pod is not ready, and `kubectl describe pod redis-sts-0` ends with the reason. The label in the template must be the one that redis-svc selects: `kubectl get endpointslices` shows what it found.',
            zh: '`kubectl get pods` 能看到哪个 Pod 没有就绪，`kubectl describe pod redis-sts-0` 末尾写着原因。模板里的标签必须是 redis-svc 所选择的那个：`kubectl get endpointslices` 能看到它找到了谁。',
          },
        },
      ],
    },
    {
      id: 'names',
      title: { en: 'Each Pod knows its name, and is found by it', zh: '每个 Pod 知道自己的名字，也能按名字找到' },
      checks: [
        named,
        podPrints('redis-sts-1', ['hostname'], 'redis-sts-1'),
        found,
        resolves({ from: 'redis-sts-0', name: 'redis-sts-1.redis-svc', to: ['redis-sts-1'] }),
      ],
      learned: {
        en: 'The host name is the name of the Pod, and *pod.service* is its DNS name: spec.hostname and spec.subdomain, written by the StatefulSet.',
        zh: '主机名就是 Pod 名，“Pod 名.Service 名”就是它的域名：来自 StatefulSet 写入的 spec.hostname 和 spec.subdomain。',
      },
      hints: [
        {
          when: not(headlessService('redis-svc', { governs: 'redis-sts' })),
          text: {
            en: 'The name *pod.service* needs a headless Service that selects the Pod and is the `serviceName` of its StatefulSet. `kubectl get service redis-svc` and `kubectl get statefulset redis-sts -o yaml` show all three.',
            zh: '“Pod 名.Service 名”这个域名需要一个 Headless Service：它选中这个 Pod，并且就是 StatefulSet 的 `serviceName`。用 `kubectl get service redis-svc` 和 `kubectl get statefulset redis-sts -o yaml` 可以核对这三点。',
          },
        },
        {
          text: {
            en: '`kubectl exec redis-sts-0 -- hostname` tells the name. For the way to it, try `redis-cli -h redis-sts-0.redis-svc ping` in the other Pod; only ready Pods have DNS names.',
            zh: '`kubectl exec redis-sts-0 -- hostname` 能看到主机名。要看能不能找到它，在另一个 Pod 里试试 `redis-cli -h redis-sts-0.redis-svc ping`；只有就绪的 Pod 才有域名。',
          },
        },
      ],
    },
    {
      id: 'order',
      title: { en: 'redis-sts-1 is only made once redis-sts-0 is ready', zh: 'redis-sts-0 就绪之后才创建 redis-sts-1' },
      checks: [madeInOrder('redis-sts')],
      learned: {
        en: 'Pods are made from 0 upwards, each once the one before is ready, and ended from the highest downwards. Whoever has number 0 was first.',
        zh: 'Pod 从 0 开始向上创建，前一个就绪才创建下一个；结束时从最大的序号开始向下。编号 0 的总是第一个。',
      },
      hints: [
        {
          when: objectHas('StatefulSet', 'redis-sts', { 'spec.podManagementPolicy': 'Parallel' }),
          text: {
            en: 'The StatefulSet has `podManagementPolicy: Parallel`: all Pods are made at once. The default, OrderedReady, is what this lab is about. The field cannot be changed in place.',
            zh: 'StatefulSet 写了 `podManagementPolicy: Parallel`，所有 Pod 同时创建。本实验讲的是默认值 OrderedReady。这个字段不能就地修改。',
          },
        },
        {
          text: {
            en: 'Watch it yourself: `kubectl get pods --watch`, and in another terminal `kubectl scale statefulset redis-sts --replicas=0`, then `--replicas=2`.',
            zh: '自己看一看：一个终端里 `kubectl get pods --watch`，另一个终端里 `kubectl scale statefulset redis-sts --replicas=0`，再 `--replicas=2`。',
          },
        },
      ],
    },
    {
      id: 'identity',
      title: {
        en: 'After a deletion: the same name, another UID and IP, and the DNS name follows',
        zh: '删除之后：名字不变，UID 和 IP 变了，域名指向新的 IP',
      },
      checks: [survives(allOf(named, found), podDeleted('redis-sts-0', { newAddress: true }))],
      learned: {
        en: 'A Pod that is made again is another Pod with the same name. Whoever remembers the name finds it; whoever remembers the IP does not.',
        zh: '重建的 Pod 是另一个 Pod，只是名字相同。记住名字的人找得到它，记住 IP 的人找不到。',
      },
      hints: [
        {
          text: {
            en: 'Delete redis-sts-0 and compare `kubectl get pod redis-sts-0 -o wide` before and after. Then ask for redis-sts-0.redis-svc in the other Pod: which address does the name have now?',
            zh: '删除 redis-sts-0，比较前后两次 `kubectl get pod redis-sts-0 -o wide`。再到另一个 Pod 里查 redis-sts-0.redis-svc：这个域名现在指向哪个地址？',
          },
        },
      ],
    },
  ],
  solution: [
    {
      task: 'ready',
      apply: 'redis-svc.yaml',
      why: { en: 'The Service that gives the Pods their DNS names', zh: '给 Pod 提供域名的 Service' },
    },
    {
      apply: 'redis-sts.yaml',
      why: {
        en: 'Two Pods with numbers; serviceName names the Service',
        zh: '两个带编号的 Pod；serviceName 写的就是这个 Service',
      },
      until: ready,
    },
    {
      task: 'names',
      exec: { pod: 'redis-sts-1', command: ['redis-cli', '-h', 'redis-sts-0.redis-svc', 'ping'] },
      why: { en: 'One Pod reaches the other by its name', zh: '一个 Pod 按名字找到另一个' },
      until: found,
    },
    {
      task: 'identity',
      delete: { kind: 'Pod', name: 'redis-sts-0' },
      why: { en: 'It comes back with the same name and another UID', zh: '它会以同样的名字、不同的 UID 回来' },
      until: ready,
    },
  ],
  wrong: [
    {
      id: 'deployment',
      refusedBy: 'ready',
      steps: [
        { apply: 'redis-svc.yaml', why: { en: 'The Service is right', zh: 'Service 没有问题' } },
        {
          apply: 'deployment.yaml',
          why: { en: 'Two Pods with the same label, and random names', zh: '两个标签相同、名字随机的 Pod' },
        },
      ],
    },
    {
      id: 'other-service-name',
      refusedBy: 'names',
      steps: [
        { apply: 'redis-svc.yaml', why: { en: 'The Service is right', zh: 'Service 没有问题' } },
        {
          apply: 'other-service-name.yaml',
          why: { en: 'serviceName is not the name of the Service', zh: 'serviceName 和 Service 的名字不一致' },
          until: ready,
        },
      ],
    },
    {
      id: 'parallel',
      refusedBy: 'order',
      steps: [
        { apply: 'redis-svc.yaml', why: { en: 'The Service is right', zh: 'Service 没有问题' } },
        { apply: 'parallel.yaml', why: { en: 'All Pods at once', zh: '所有 Pod 同时创建' }, until: ready },
      ],
    },
  ],
})
