import {
  allOf,
  allPodsDeleted,
  clusterMasterDeleted,
  defineLab,
  headlessService,
  not,
  objectHas,
  podReady,
  redisClusterKeys,
  redisClusterServes,
  statefulSetReady,
  survives,
} from 'statelab/lab'

const PODS = [0, 1, 2, 3, 4, 5].map((ordinal) => `redis-cluster-${ordinal}`)
const FIRST = 'redis-cluster-0'
/** Each is on another master: their slots are 3216, 9084 and 13649. */
const KEYS = { tea: 'green', one: '1', sugar: 'brown' }

const ready = statefulSetReady('redis-cluster', { replicas: 6 })
const serves = redisClusterServes(PODS, { masters: 3 })
const keys = redisClusterKeys(PODS, KEYS)
const healthy = allOf(serves, keys)

const create = (replicas: number): readonly string[] => [
  'sh',
  '-c',
  `redis-cli --cluster create $(sh /scripts/ip-of.sh ${PODS.join(' ')} | sed 's/$/:6379/') --cluster-replicas ${replicas} --cluster-yes`,
]

const set = (key: keyof typeof KEYS) => ({
  exec: { pod: FIRST, command: ['redis-cli', '-c', 'set', key, KEYS[key]] },
  why: { en: 'With -c redis-cli goes to the node that has the slot', zh: '加上 -c，redis-cli 会转到持有该槽的节点' },
})

const nodes = {
  task: 'nodes',
  apply: 'redis-cluster.yaml',
  why: { en: 'Six Redis that all start with the given script', zh: '六个 Redis，都用给定的脚本启动' },
  until: ready,
} as const

const cluster = {
  task: 'cluster',
  exec: { pod: FIRST, command: create(1) },
  why: { en: 'Slots to three masters, and a replica for each', zh: '把槽分给三个主节点，再各配一个从节点' },
} as const

export default defineLab({
  id: 'redis-cluster',
  track: 'redis',
  minutes: 30,
  kubernetes: '>=1.27',
  title: { en: 'Six Redis share the keys: Redis Cluster', zh: '六个 Redis 分担所有的键：Redis Cluster' },
  tasks: [
    {
      id: 'nodes',
      title: { en: 'Six Redis run in StatefulSet redis-cluster', zh: 'StatefulSet redis-cluster 运行六个 Redis' },
      checks: [ready, headlessService('redis-cluster-svc', { governs: 'redis-cluster' })],
      hints: [
        {
          when: not(objectHas('StatefulSet', 'redis-cluster')),
          text: {
            en: 'There is no StatefulSet redis-cluster yet. Its Pods run the given script: `command: ["sh", "/scripts/start.sh"]`, with the ConfigMap redis-cluster-start mounted at /scripts, and a claim of their own at /data.',
            zh: '还没有 StatefulSet redis-cluster。Pod 运行给定的脚本：`command: ["sh", "/scripts/start.sh"]`，把 ConfigMap redis-cluster-start 挂载到 /scripts，并各自有一个挂载在 /data 的 PVC。',
          },
        },
        {
          when: not(podReady(FIRST)),
          text: {
            en: 'redis-cluster-0 is not ready: `kubectl logs redis-cluster-0`, and the events of `kubectl describe pod redis-cluster-0`.',
            zh: 'redis-cluster-0 没有就绪：看 `kubectl logs redis-cluster-0`，以及 `kubectl describe pod redis-cluster-0` 里的事件。',
          },
        },
        {
          text: {
            en: 'Six replicas, `serviceName: redis-cluster-svc`, and the label that this Service selects. With `podManagementPolicy: Parallel` they need not wait for one another.',
            zh: '六个副本，`serviceName: redis-cluster-svc`，以及这个 Service 所选择的标签。加上 `podManagementPolicy: Parallel`，它们不必互相等待。',
          },
        },
      ],
      learned: {
        en: 'Six Redis in cluster mode are not a cluster yet: each knows only itself, and serves no slot.',
        zh: '六个以集群模式启动的 Redis 还不是集群：每个只认识自己，也不负责任何槽。',
      },
    },
    {
      id: 'cluster',
      title: {
        en: 'They are one cluster: 16384 slots on three masters, each with a replica',
        zh: '它们组成一个集群：16384 个槽分布在三个主节点上，每个都有从节点',
      },
      checks: [serves],
      hints: [
        {
          when: not(ready),
          text: {
            en: 'First all six have to be ready: `kubectl get pods --watch`.',
            zh: '先让六个都就绪：`kubectl get pods --watch`。',
          },
        },
        {
          when: redisClusterServes(PODS, { masters: 6 }),
          text: {
            en: 'All six are masters: nobody has a copy of anything. Make the cluster anew with `--cluster-replicas 1` (reset the lab, or `cluster reset` on each node first).',
            zh: '六个全是主节点：谁也没有别人的副本。请用 `--cluster-replicas 1` 重新创建集群（先重置实验，或在每个节点上执行 `cluster reset`）。',
          },
        },
        {
          text: {
            en: '`redis-cli --cluster create` takes the addresses of all nodes (IPs, not names) and `--cluster-replicas 1`. `kubectl get pods -o wide` has the IPs. `redis-cli cluster info` and `redis-cli cluster nodes` show how far it is; the nodes need a few seconds to agree.',
            zh: '`redis-cli --cluster create` 后面跟所有节点的地址（IP，不是名字）和 `--cluster-replicas 1`。IP 在 `kubectl get pods -o wide` 里。`redis-cli cluster info` 和 `redis-cli cluster nodes` 能看到进展；节点之间达成一致要几秒钟。',
          },
        },
      ],
      learned: {
        en: 'Every key belongs to one of 16384 slots, every slot to one master. As long as one slot has no master, the cluster refuses to serve any.',
        zh: '每个键属于 16384 个槽中的一个，每个槽属于一个主节点。只要有一个槽没有主节点，整个集群就拒绝服务。',
      },
    },
    {
      id: 'keys',
      title: { en: 'Three keys on three masters are read through every node', zh: '三个主节点上的三个键，从任何节点都能读到' },
      checks: [keys],
      hints: [
        {
          text: {
            en: 'Set tea = green, one = 1, sugar = brown. "MOVED" is no failure but a direction: the key belongs to another node. `redis-cli -c` follows it.',
            zh: '写入 tea = green、one = 1、sugar = brown。“MOVED”不是失败，而是指路：这个键归另一个节点。`redis-cli -c` 会跟着走。',
          },
        },
      ],
      learned: {
        en: 'The client finds the key, not the server: each node knows who has which slot, and says so. A load-balanced Service in front would be no help.',
        zh: '找键的是客户端，不是服务器：每个节点都知道槽在谁那里，并告诉客户端。在前面放一个负载均衡的 Service 没有用。',
      },
    },
    {
      id: 'heals',
      title: { en: 'The cluster heals when a master is deleted', zh: '删除一个主节点，集群能自愈' },
      checks: [survives(healthy, clusterMasterDeleted(PODS), { timeoutMs: 60_000 })],
      hints: [
        {
          when: objectHas('StatefulSet', 'redis-cluster', { 'spec.volumeClaimTemplates': undefined }),
          text: {
            en: 'The Pods have no claims. A node is who it is by its nodes.conf; without it the Pod that comes back is a stranger to the others. Claim templates cannot be added later: delete the StatefulSet and begin anew.',
            zh: 'Pod 没有 PVC。节点凭 nodes.conf 证明自己是谁；没有它，回来的 Pod 对别人来说就是陌生人。申领模板不能事后添加：请删除 StatefulSet 重新来过。',
          },
        },
        {
          text: {
            en: 'Delete the Pod of a master and repeat `kubectl exec redis-cluster-1 -- redis-cli cluster nodes`: the same id comes back with another IP. If it is away for more than 5 s (`cluster-node-timeout`), its replica takes over.',
            zh: '删除一个主节点的 Pod，反复执行 `kubectl exec redis-cluster-1 -- redis-cli cluster nodes`：同一个 id 换了 IP 回来。如果它离开超过 5 秒（`cluster-node-timeout`），它的从节点就会接替。',
          },
        },
      ],
      learned: {
        en: 'A node that comes back in time goes on as a master, one that is late finds its replica in its place. Either way its id must have survived, and that is a file on its claim.',
        zh: '及时回来的节点继续当主节点，回来晚了就会发现从节点已经接替。无论哪种，它的 id 必须还在，而 id 就是 PVC 上的一个文件。',
      },
    },
    {
      id: 'all-gone',
      title: {
        en: 'It heals when every Pod is deleted, and every IP is another',
        zh: '所有 Pod 都被删除、IP 全变，集群仍能自愈',
      },
      checks: [survives(healthy, allPodsDeleted('redis-cluster'))],
      hints: [
        {
          text: {
            en: 'After `kubectl delete pod -l app=redis-cluster` each node knows the others by addresses that nobody has any more. Read start.sh in the ConfigMap redis-cluster-start: how do they find each other again?',
            zh: '执行 `kubectl delete pod -l app=redis-cluster` 之后，每个节点记着的都是没人用的旧地址。读一读 ConfigMap redis-cluster-start 里的 start.sh：它们怎样重新找到彼此？',
          },
        },
      ],
      learned: {
        en: 'Redis Cluster speaks IPs, Kubernetes promises names. What connects the two is a look-up that is repeated: here by a script, elsewhere by an operator.',
        zh: 'Redis Cluster 认 IP，Kubernetes 只保证名字。把两者连起来的，是不断重做的域名查询：这里靠脚本，别处靠 operator。',
      },
    },
  ],
  solution: [nodes, { ...cluster, until: serves }, { ...set('tea'), task: 'keys' }, set('one'), { ...set('sugar'), until: keys }],
  wrong: [
    {
      id: 'no-replicas',
      refusedBy: 'cluster',
      steps: [
        nodes,
        {
          exec: { pod: FIRST, command: create(0) },
          why: { en: 'Six masters: each slot exists once', zh: '六个主节点：每个槽只有一份' },
          until: redisClusterServes(PODS, { masters: 6 }),
        },
      ],
    },
    {
      id: 'no-claim',
      refusedBy: 'heals',
      steps: [
        {
          apply: 'no-claim.yaml',
          why: { en: 'The identity of a node goes with its Pod', zh: '节点的身份随 Pod 一起消失' },
          until: ready,
        },
        { ...cluster, until: serves },
        set('tea'),
        set('one'),
        { ...set('sugar'), until: keys },
      ],
    },
  ],
})
