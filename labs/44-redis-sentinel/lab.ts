import {
  allOf,
  defineLab,
  headlessService,
  not,
  objectHas,
  podReady,
  redisOneMaster,
  type SentinelGroup,
  sentinelFailover,
  sentinelsAgree,
  statefulSetReady,
} from 'statelab/lab'

const GROUP: SentinelGroup = {
  master: 'mymaster',
  sentinels: ['redis-sentinel-0', 'redis-sentinel-1', 'redis-sentinel-2'],
  redis: ['redis-pv-sts-0', 'redis-pv-sts-1', 'redis-pv-sts-2'],
}

const replicated = allOf(statefulSetReady('redis-pv-sts', { replicas: 3 }), redisOneMaster(GROUP.redis))
const sentinels = statefulSetReady('redis-sentinel', { replicas: 3 })
const agreed = sentinelsAgree(GROUP)

const watch = {
  task: 'sentinels',
  apply: '20-redis-sentinel.yaml',
  why: { en: 'Three sentinels, each with a configuration that it may write', zh: '三个哨兵，各有一份自己可以改写的配置' },
} as const

export default defineLab({
  id: 'redis-sentinel',
  track: 'redis',
  minutes: 30,
  kubernetes: '>=1.27',
  title: { en: 'Three sentinels elect a new master', zh: '三个哨兵选出新的主节点' },
  tasks: [
    {
      id: 'sentinels',
      title: { en: 'Three sentinels run in StatefulSet redis-sentinel', zh: 'StatefulSet redis-sentinel 运行三个哨兵' },
      checks: [replicated, sentinels, headlessService('redis-sentinel-svc', { governs: 'redis-sentinel' })],
      hints: [
        {
          when: not(replicated),
          text: {
            en: 'The three Redis are not all ready and replicating yet: `kubectl get pods --watch`, and `kubectl logs` of the last one.',
            zh: '三个 Redis 还没有全部就绪并开始复制：`kubectl get pods --watch`，再看最后一个的 `kubectl logs`。',
          },
        },
        {
          when: not(objectHas('StatefulSet', 'redis-sentinel')),
          text: {
            en: 'There is no StatefulSet redis-sentinel yet. Three replicas, image redis:7.0, port 26379; the program is `redis-server sentinel.conf --sentinel`. It is governed by a headless Service redis-sentinel-svc, where the Redis ask for the master when they start.',
            zh: '还没有 StatefulSet redis-sentinel。三个副本，镜像 redis:7.0，端口 26379；程序是 `redis-server sentinel.conf --sentinel`。管理它的是 Headless Service redis-sentinel-svc，Redis 启动时会到那里询问谁是主节点。',
          },
        },
        {
          when: not(podReady('redis-sentinel-0')),
          text: {
            en: 'redis-sentinel-0 is not ready: `kubectl logs redis-sentinel-0`. "not writable" means that the configuration lies in the ConfigMap\'s volume: a sentinel writes what it learns into its file, so copy it to a volume of its own first. "Can\'t resolve instance hostname" means that names are not allowed (`sentinel resolve-hostnames yes`, before the line with the name), or that the name is wrong.',
            zh: "redis-sentinel-0 没有就绪：看 `kubectl logs redis-sentinel-0`。“not writable”表示配置文件还在 ConfigMap 的卷里：哨兵会把得知的情况写进配置文件，所以要先复制到可写的卷。“Can't resolve instance hostname”表示没有允许使用名字（`sentinel resolve-hostnames yes` 要写在用到名字的那行之前），或者名字写错了。",
          },
        },
        {
          text: {
            en: 'Compare with the brief: replicas 3, `serviceName: redis-sentinel-svc`, and a label that the Service selects.',
            zh: '和任务说明比对：3 个副本，`serviceName: redis-sentinel-svc`，以及 Service 所选择的标签。',
          },
        },
      ],
      learned: {
        en: 'Sentinels find each other and the replicas by themselves, through the master they watch: only its name is configured.',
        zh: '哨兵通过所监视的主节点互相发现，也发现从节点：配置里只需要写主节点的名字。',
      },
    },
    {
      id: 'agree',
      title: {
        en: 'They know each other and both replicas, and agree on a master that has a name',
        zh: '哨兵互相认识，也知道两个从节点，并用名字一致指认主节点',
      },
      checks: [agreed],
      hints: [
        {
          when: not(sentinels),
          text: { en: 'First all three sentinels have to run.', zh: '先让三个哨兵都运行起来。' },
        },
        {
          text: {
            en: '`kubectl exec redis-sentinel-0 -- redis-cli -p 26379 sentinel master mymaster` shows what a sentinel knows: `ip` (a name? then also after a failover: `sentinel announce-hostnames`), `num-slaves`, `num-other-sentinels`, `quorum`. They find each other within a few seconds.',
            zh: '`kubectl exec redis-sentinel-0 -- redis-cli -p 26379 sentinel master mymaster` 显示哨兵知道的情况：`ip`（是名字吗？要一直是名字，需要 `sentinel announce-hostnames`）、`num-slaves`、`num-other-sentinels`、`quorum`。它们几秒钟内就会互相发现。',
          },
        },
      ],
      learned: {
        en: 'A quorum of two of three: one sentinel that cannot reach the master must not depose it, and one that is gone must not prevent an election.',
        zh: '三个里有两个同意才算数：一个哨兵连不上主节点，不能就此罢免它；少了一个哨兵，也不妨碍选举。',
      },
    },
    {
      id: 'failover',
      title: {
        en: 'The master is deleted: another one takes over, and no confirmed write is lost',
        zh: '删除主节点：另一个接替，被确认的写入一条不丢',
      },
      checks: [sentinelFailover(GROUP)],
      hints: [
        {
          when: not(agreed),
          text: {
            en: 'The sentinels do not agree: see the task before. After a failover it takes them some seconds.',
            zh: '哨兵意见还不一致：请看上一个任务。故障转移之后，它们需要几秒钟。',
          },
        },
        {
          text: {
            en: 'Follow `kubectl logs -f redis-sentinel-0` while you delete the Pod of the master: `+sdown` (this one misses it), `+odown` (enough miss it), `+try-failover`, `+switch-master`. What is missing? `down-after-milliseconds` is how long it waits for the first of them.',
            zh: '删除主节点的 Pod，同时看 `kubectl logs -f redis-sentinel-0`：`+sdown`（这个哨兵联系不上它）、`+odown`（足够多的哨兵联系不上它）、`+try-failover`、`+switch-master`。缺了哪一步？到第一步要等多久，由 `down-after-milliseconds` 决定。',
          },
        },
      ],
      learned: {
        en: 'Replication is asynchronous: what only the master has acknowledged may be lost with it. `WAIT 1` tells a client whether a replica has it too, and a master that is ended with grace waits for its replicas.',
        zh: '复制是异步的：只有主节点确认过的写入，可能和主节点一起丢失。`WAIT 1` 能告诉客户端从节点是否也收到了；被正常终止的主节点会等从节点跟上。',
      },
    },
  ],
  solution: [
    {
      task: 'sentinels',
      apply: '10-redis-sentinel-conf.yaml',
      why: { en: 'What to watch, by name, and when to call it gone', zh: '按名字监视谁，多久没有应答算失联' },
      until: replicated,
    },
    { ...watch, until: allOf(replicated, sentinels) },
    {
      task: 'agree',
      exec: { pod: 'redis-sentinel-0', command: ['redis-cli', '-p', '26379', 'sentinel', 'master', 'mymaster'] },
      why: { en: 'What a sentinel has found out by itself', zh: '看看哨兵自己发现了什么' },
      until: agreed,
    },
  ],
  wrong: [
    {
      id: 'by-ip',
      refusedBy: 'agree',
      steps: [
        {
          apply: 'by-ip.yaml',
          why: { en: 'Names are resolved once, and then forgotten', zh: '名字只解析一次，之后就丢掉了' },
          until: replicated,
        },
        { ...watch, until: allOf(replicated, sentinels) },
      ],
    },
    {
      id: 'patient',
      refusedBy: 'failover',
      steps: [
        {
          apply: 'patient.yaml',
          why: { en: 'Five minutes until the master counts as gone', zh: '五分钟才算主节点失联' },
          until: replicated,
        },
        { ...watch, until: allOf(replicated, sentinels, agreed) },
      ],
    },
  ],
})
