import {
  allOf,
  apiRefuses,
  defineLab,
  doesNotResolve,
  headlessService,
  not,
  objectHas,
  podReady,
  resolves,
  srvLists,
  statefulSetReady,
} from 'statelab/lab'

const from = 'dns-client'
const PODS = ['redis-sts-0', 'redis-sts-1']
const IN_FULL = 'lab-headless-service.svc.cluster.local'

const running = allOf(statefulSetReady('redis-sts', { replicas: 2 }), podReady(from))
const headless = headlessService('redis-svc', { governs: 'redis-sts' })
const named = resolves({ from, name: 'redis-sts-0.redis-svc', to: ['redis-sts-0'] })
const aliased = resolves({ from, name: 'redis-alias', to: PODS })

export default defineLab({
  id: 'headless-service',
  track: 'statefulset',
  minutes: 20,
  kubernetes: '>=1.27',
  title: { en: 'A Service without an IP', zh: '没有 IP 的 Service' },
  tasks: [
    {
      id: 'headless',
      title: { en: 'Service redis-svc is headless', zh: 'redis-svc 是 Headless Service' },
      checks: [
        headless,
        apiRefuses(
          { kind: 'Service', metadata: { name: 'redis-any' }, spec: { clusterIP: 'None', clusterIPs: ['None'] } },
          /clusterIPs?.*(Invalid value|may not|immutable)/,
        ),
      ],
      learned: {
        en: 'What leads to a Service must not change under its users: its IP is fixed for its life, so a Service becomes headless only by being made again.',
        zh: 'Service 的地址不能在使用者脚下变来变去：IP 一经分配就不能改，要变成 Headless Service 只能删除后重建。',
      },
      hints: [
        {
          when: not(objectHas('Service', 'redis-svc')),
          text: {
            en: 'There is no Service redis-svc now. Write one with `clusterIP: None`, the selector `app: redis-sts`, and port 6379 by the name of `redis`. The StatefulSet finds it by its name.',
            zh: '现在没有名为 redis-svc 的 Service。写一个：`clusterIP: None`，选择 `app: redis-sts`，端口 6379 命名为 `redis`。StatefulSet 按名字找到它。',
          },
        },
        {
          when: not(objectHas('Service', 'redis-svc', { 'spec.clusterIP': 'None' })),
          text: {
            en: 'redis-svc still has an IP. In place the API refuses the change: `spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set`. So does `kubectl apply`. What can be done with an object that must not change?',
            zh: 'redis-svc 仍然有 IP。就地修改会被 API 拒绝：`spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set`，`kubectl apply` 也一样。一个不许修改的对象，还能怎么办？',
          },
        },
        {
          when: objectHas('Service', 'redis-any', { 'spec.clusterIP': 'None' }),
          text: {
            en: 'redis-any was made headless too; it was to stay as it was. Make it again without `clusterIP: None`.',
            zh: 'redis-any 也变成了 Headless Service；它应该保持原样。请去掉 `clusterIP: None` 重新创建它。',
          },
        },
        {
          when: not(objectHas('Service', 'redis-any')),
          text: {
            en: 'Service redis-any is gone; it was to stay for comparison. `statelab start headless-service` brings it back.',
            zh: 'Service redis-any 不见了；它是留着对比用的。`statelab start headless-service` 会把它补回来。',
          },
        },
        {
          text: {
            en: 'The Service must have no IP, be the `serviceName` of redis-sts, and select its Pods: compare its selector with `kubectl get pods --show-labels`.',
            zh: '这个 Service 不能有 IP，要是 redis-sts 的 `serviceName`，还要选中它的 Pod：把 selector 和 `kubectl get pods --show-labels` 比对一下。',
          },
        },
      ],
    },
    {
      id: 'names',
      title: { en: 'Every Pod has a DNS name of its own', zh: '每个 Pod 都有自己的域名' },
      checks: [
        named,
        resolves({ from, name: `redis-sts-1.redis-svc.${IN_FULL}`, to: ['redis-sts-1'] }),
        resolves({ from, name: 'redis-svc', to: PODS }),
        resolves({ from, name: 'redis-any', to: 'cluster-ip' }),
      ],
      learned: {
        en: "The name of a Service with an IP leads to that IP; a headless Service's leads to all its Pods, and *pod.service* to one of them.",
        zh: '有 IP 的 Service，域名指向它的 IP；Headless Service 的域名指向所有 Pod，“Pod 名.Service 名”则指向其中一个。',
      },
      hints: [
        {
          when: not(headless),
          text: {
            en: 'The name of a Service leads to its Pods only if the Service is headless, and *pod.service* to one of them only if it is the `serviceName` of the StatefulSet and selects the Pods: see the task before.',
            zh: '只有 Headless Service 的域名才指向 Pod；只有当它是 StatefulSet 的 `serviceName`、并且选中这些 Pod 时，“Pod 名.Service 名”才指向其中一个：请先完成上一个任务。',
          },
        },
        {
          text: {
            en: 'Give nslookup the whole name: pod.service.namespace.svc.cluster.local. A name that was missing a moment ago may be remembered as missing for up to 30 s; CoreDNS need not be restarted.',
            zh: '给 nslookup 完整的域名：“Pod 名.Service 名.命名空间.svc.cluster.local”。刚才还不存在的域名，可能在 30 秒内仍被记作不存在；不需要重启 CoreDNS。',
          },
        },
      ],
    },
    {
      id: 'srv',
      title: { en: 'The SRV records list every Pod with the port', zh: 'SRV 记录列出每个 Pod 和端口' },
      checks: [srvLists('redis-svc', { from, port: 'redis', pods: PODS })],
      learned: {
        en: 'A named port of a headless Service has SRV records: one name to ask for tells all the Pods, and where they listen.',
        zh: 'Headless Service 的命名端口有 SRV 记录：查询一个域名，就知道有哪些 Pod、监听哪个端口。',
      },
      hints: [
        {
          when: not(objectHas('Service', 'redis-svc', { 'spec.ports[0].name': 'redis' })),
          text: {
            en: 'The port of redis-svc has no name `redis`. SRV records are named after the port: _port._protocol.service.',
            zh: 'redis-svc 的端口没有命名为 `redis`。SRV 记录的域名里有端口名：“_端口名._协议.Service 名”。',
          },
        },
        {
          text: {
            en: 'Ask with `nslookup -type=srv` for _redis._tcp in front of the whole name of the Service. Each ready Pod has one record.',
            zh: '用 `nslookup -type=srv` 查询：在 Service 的完整域名前加上 _redis._tcp。每个就绪的 Pod 有一条记录。',
          },
        },
      ],
    },
    {
      id: 'alias',
      title: {
        en: 'By a second headless Service, redis-alias, the Pods are found together, but not one by one',
        zh: '通过第二个 Headless Service redis-alias，能找到全部 Pod，却不能按名字找到某一个',
      },
      checks: [
        objectHas('Service', 'redis-alias', { 'spec.clusterIP': 'None' }),
        aliased,
        doesNotResolve({ from, name: 'redis-sts-0.redis-alias' }),
      ],
      learned: {
        en: 'A Pod has one subdomain, and the StatefulSet writes its serviceName there. With a wrong serviceName nothing fails; the names are just not there.',
        zh: '一个 Pod 只有一个 subdomain，StatefulSet 把 serviceName 写在那里。serviceName 写错了不会报错，只是域名不存在。',
      },
      hints: [
        {
          when: not(objectHas('Service', 'redis-alias')),
          text: {
            en: 'There is no Service redis-alias yet: headless, with the same selector as redis-svc.',
            zh: '还没有名为 redis-alias 的 Service：它也是 Headless Service，selector 和 redis-svc 相同。',
          },
        },
        {
          when: objectHas('StatefulSet', 'redis-sts', { 'spec.serviceName': 'redis-alias' }),
          text: {
            en: 'The StatefulSet was made again with serviceName redis-alias. It was to stay with redis-svc.',
            zh: 'StatefulSet 重建成了 serviceName: redis-alias。它应该仍然用 redis-svc。',
          },
        },
        {
          text: {
            en: 'redis-alias must have `clusterIP: None` and select `app: redis-sts`. Compare the two EndpointSlices: `kubectl get endpointslices -o yaml`.',
            zh: 'redis-alias 要有 `clusterIP: None`，并选择 `app: redis-sts`。比较两个 EndpointSlice：`kubectl get endpointslices -o yaml`。',
          },
        },
      ],
    },
  ],
  solution: [
    {
      task: 'headless',
      patch: { kind: 'Service', name: 'redis-svc', patch: { spec: { clusterIP: 'None' } } },
      why: { en: 'In place it is refused: an IP, once given, stays', zh: '就地修改会被拒绝：IP 一旦分配就不能改' },
      refused: /clusterIP/,
    },
    {
      delete: { kind: 'Service', name: 'redis-svc' },
      why: { en: 'So the Service goes; the Pods do not notice', zh: '那就删除 Service；Pod 不受影响' },
    },
    {
      apply: 'redis-svc.yaml',
      why: { en: 'And comes back without an IP, by the same name', zh: '再以同样的名字建回来，不要 IP' },
      until: allOf(running, headless),
    },
    {
      task: 'names',
      exec: { pod: from, command: ['nslookup', `redis-sts-0.redis-svc.${IN_FULL}`] },
      why: { en: 'Now the Pod has a name', zh: '现在这个 Pod 有域名了' },
      until: named,
    },
    {
      task: 'alias',
      apply: 'redis-alias.yaml',
      why: { en: 'A headless Service that no StatefulSet names', zh: '没有哪个 StatefulSet 以它为 serviceName' },
      until: aliased,
    },
  ],
  wrong: [
    {
      id: 'another-service',
      refusedBy: 'headless',
      steps: [
        {
          apply: 'redis-headless.yaml',
          why: {
            en: 'A headless Service, by a name that the StatefulSet does not know',
            zh: 'Headless Service，但名字不是 StatefulSet 所写的那个',
          },
        },
      ],
    },
    {
      id: 'another-service-has-no-names',
      refusedBy: 'names',
      steps: [
        {
          apply: 'redis-headless.yaml',
          why: {
            en: 'A headless Service, by a name that the StatefulSet does not know',
            zh: 'Headless Service，但名字不是 StatefulSet 所写的那个',
          },
          until: running,
        },
      ],
    },
    {
      id: 'port-without-name',
      refusedBy: 'srv',
      steps: [
        { delete: { kind: 'Service', name: 'redis-svc' }, why: { en: 'Made again', zh: '重新创建' } },
        {
          apply: 'redis-svc-no-port-name.yaml',
          why: { en: 'Headless, but the port has no name', zh: '是 Headless Service，但端口没有名字' },
          until: allOf(running, headless),
        },
      ],
    },
    {
      id: 'alias-with-ip',
      refusedBy: 'alias',
      steps: [
        {
          apply: 'redis-alias-with-ip.yaml',
          why: { en: 'The second Service has an IP', zh: '第二个 Service 有 IP' },
          until: running,
        },
      ],
    },
  ],
})
