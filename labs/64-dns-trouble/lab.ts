import { defineLab, not, objectHas, ownedPodsDeleted, serverKnows, serverKnowsNew, survives } from 'statelab/lab'

const ASKING = { from: 'client', server: '10.96.0.53' } as const
const known = serverKnows('web', ASKING)

const corefile = {
  apply: 'dns-corefile.yaml',
  why: { en: 'The zone of the cluster, spelt right', zh: '把集群的区域名写对' },
} as const
const restart = {
  patch: {
    kind: 'Deployment',
    name: 'dns',
    patch: { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } } },
  },
  why: {
    en: 'CoreDNS has read its Corefile when it started: new Pods read the new one (`kubectl rollout restart deployment dns`)',
    zh: 'CoreDNS 只在启动时读 Corefile：新的 Pod 才会读到新内容（`kubectl rollout restart deployment dns`）',
  },
} as const

export default defineLab({
  id: 'dns-trouble',
  track: 'operate',
  minutes: 15,
  kubernetes: '>=1.27',
  title: { en: 'Names that do not resolve', zh: '解析不了的域名' },
  owns: { objects: [{ kind: 'ClusterRoleBinding', name: 'lab-dns-trouble' }] },
  variants: ['zone', 'crash', 'selector'],
  tasks: [
    {
      id: 'answers',
      title: { en: "The lab's name server tells the client where web is", zh: '本实验的域名服务器能告诉 client：web 在哪里' },
      checks: [known, objectHas('Pod', 'client', { 'spec.dnsPolicy': 'None', 'spec.dnsConfig.nameservers': ['10.96.0.53'] })],
      hints: [
        {
          when: not(objectHas('Pod', 'client', { 'spec.dnsPolicy': 'None' })),
          text: {
            en: 'The client now asks another name server. That hides the trouble from one Pod; all the others still have it. Let it ask 10.96.0.53 again, as `start/40-client.yaml` has it.',
            zh: 'client 现在询问的是另一台域名服务器。这只是让一个 Pod 绕开了问题，其他 Pod 照样有问题。请让它重新询问 10.96.0.53，和 `start/40-client.yaml` 里一样。',
          },
        },
        {
          when: not(objectHas('Service', 'dns', { 'spec.selector': { app: 'dns' } })),
          text: {
            en: 'Follow the question: it goes to the Service dns, and from there to its endpoints. `kubectl get endpointslices -l kubernetes.io/service-name=dns` shows none; compare the selector of the Service with the labels of the Pods.',
            zh: '跟着请求走：它先到 Service dns，再到它的端点。`kubectl get endpointslices -l kubernetes.io/service-name=dns` 里一个也没有；把 Service 的 selector 和 Pod 的标签比对一下。',
          },
        },
        {
          when: objectHas('Deployment', 'dns', { 'status.availableReplicas': undefined }),
          text: {
            en: 'The name server itself does not run. `kubectl logs deployment/dns` gives the file, the line and the word it stumbles over. A Pod in CrashLoopBackOff waits longer and longer before it tries again: once the ConfigMap is right, `kubectl rollout restart deployment dns` saves the wait.',
            zh: '域名服务器本身没有运行起来。`kubectl logs deployment/dns` 会说出错的文件、行号和单词。CrashLoopBackOff 的 Pod 重试间隔越来越长：改好 ConfigMap 之后，用 `kubectl rollout restart deployment dns` 就不用等。',
          },
        },
        {
          text: {
            en: 'It runs and answers, but not this name. Its zones are in the ConfigMap dns-corefile, after the word `kubernetes`: does the name end with one of them? And when names resolve only after CoreDNS restarts: it has read the file when it started. With the plugin `reload` it would look again every half minute; this one has none, so `kubectl rollout restart deployment dns`.',
            zh: '它在运行，也会回答，只是不知道这个域名。它负责的区域写在 ConfigMap dns-corefile 里 `kubernetes` 这个词后面：要找的域名是以其中之一结尾的吗？如果要等 CoreDNS 重启之后域名才能解析：那是因为它只在启动时读这个文件。有插件 `reload` 的话，它每半分钟会再看一次；这里没有，所以要执行 `kubectl rollout restart deployment dns`。',
          },
        },
      ],
      learned: {
        en: 'Follow a name as you follow a request: resolv.conf of the Pod, the Service of the name server, its endpoints, its log, its configuration, and only then the record.',
        zh: '查域名问题和查请求一样，要一段一段地跟：Pod 的 resolv.conf、域名服务器的 Service、它的端点、它的日志、它的配置，最后才是那条记录。',
      },
    },
    {
      id: 'follows',
      title: { en: 'It knows Services that are made later as well', zh: '之后新建的 Service 它也知道' },
      checks: [serverKnowsNew(ASKING)],
      hints: [
        {
          text: {
            en: 'A name that was written into the Corefile by hand is right until its Service is made again with another address. The plugin `kubernetes` asks the API, and follows it.',
            zh: '手工写进 Corefile 的域名，只在对应的 Service 换地址之前是对的。插件 `kubernetes` 会询问 API，并且一直跟着它变。',
          },
        },
      ],
      learned: {
        en: 'CoreDNS watches Services and EndpointSlices. A new name is known within a second, unless somebody asked too early: that it does not exist is remembered for a while, too.',
        zh: 'CoreDNS 监视 Service 和 EndpointSlice。新域名一秒之内就会知道，除非有人问得太早：“没有这个域名”也会被缓存一阵子。',
      },
    },
    {
      id: 'lasts',
      title: { en: 'The repair outlives the Pods of the name server', zh: '域名服务器的 Pod 换掉之后，修复仍然有效' },
      checks: [survives(known, ownedPodsDeleted('Deployment', 'dns'), { timeoutMs: 20_000 })],
      hints: [
        {
          text: {
            en: 'Delete the Pod of the name server (`kubectl delete pod -l app=dns`) and ask again. What was changed in a running container is gone then; what is in ConfigMap, Deployment and Service stays.',
            zh: '删除域名服务器的 Pod（`kubectl delete pod -l app=dns`）再问一次。只改在运行中的容器里的东西这时就没了；写在 ConfigMap、Deployment 和 Service 里的会留下。',
          },
        },
      ],
      learned: {
        en: 'The cluster’s own name server is built the same way: `kubectl -n kube-system get deployment,service,configmap -l k8s-app=kube-dns`, and the ConfigMap coredns. You have repaired a copy of it.',
        zh: '集群自己的域名服务器也是这样搭起来的：`kubectl -n kube-system get deployment,service,configmap -l k8s-app=kube-dns`，还有 ConfigMap coredns。你修好的就是它的一个副本。',
      },
    },
  ],
  solution: [
    { task: 'answers', ...corefile, variant: 'zone' },
    { ...restart, variant: 'zone', until: known },
    {
      ...corefile,
      variant: 'crash',
      why: { en: 'The plugin is called kubernetes', zh: '插件的名字是 kubernetes' },
    },
    { ...restart, variant: 'crash', until: known },
    {
      patch: { kind: 'Service', name: 'dns', patch: { spec: { selector: { app: 'dns' } } } },
      variant: 'selector',
      why: { en: 'The Service selects the Pods that there are', zh: '让 Service 选中实际存在的 Pod' },
      until: known,
    },
  ],
  wrong: [
    {
      id: 'config-only',
      variant: 'zone',
      refusedBy: 'answers',
      steps: [
        {
          exec: { pod: 'client', command: ['sh', '-c', 'nslookup web.lab-dns-trouble.svc.cluster.local || true'] },
          why: { en: 'The name server runs, with the wrong zone', zh: '域名服务器在运行，只是区域名写错了' },
          until: objectHas('Deployment', 'dns', { 'status.availableReplicas': 1 }),
        },
        corefile,
      ],
    },
    {
      id: 'other-server',
      variant: 'crash',
      refusedBy: 'answers',
      steps: [
        {
          delete: { kind: 'Pod', name: 'client' },
          why: { en: 'A Pod keeps its name server for life', zh: 'Pod 的域名服务器创建之后就不能改' },
        },
        {
          apply: 'other-server.yaml',
          why: { en: "The client asks the cluster's name server instead", zh: '让 client 改问集群的域名服务器' },
          until: objectHas('Pod', 'client', { 'status.phase': 'Running' }),
        },
      ],
    },
    {
      id: 'hosts',
      variant: 'zone',
      refusedBy: 'follows',
      steps: [
        { apply: 'hosts.yaml', why: { en: 'The one name, written down by hand', zh: '手工把这一个域名写进去' } },
        { ...restart, until: known },
      ],
    },
  ],
})
