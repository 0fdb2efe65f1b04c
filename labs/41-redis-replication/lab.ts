import {
  allOf,
  defineLab,
  headlessService,
  not,
  podDeleted,
  redisKey,
  redisRefusesWrites,
  redisReplica,
  statefulSetReady,
  survives,
} from 'statelab/lab'

const follows = redisReplica('redis-pv-sts-1', { of: 'redis-pv-sts-0' })
// The address under which a Redis was reached is the laddr of the connection; images differ in whether they have getent or nslookup.
const IP_OF_MASTER =
  "redis-cli replicaof $(redis-cli -h redis-pv-sts-0.redis-svc client info | sed 's/.* laddr=\\([0-9.]*\\):.*/\\1/') 6379"

const copied = redisKey('redis-pv-sts-1', 'abc', '1')

export default defineLab({
  id: 'redis-replication',
  track: 'redis',
  minutes: 15,
  kubernetes: '>=1.27',
  title: { en: 'One Redis follows the other, by name', zh: '按名字跟随：Redis 主从复制' },
  tasks: [
    {
      id: 'linked',
      title: { en: 'redis-pv-sts-1 is a replica of redis-pv-sts-0', zh: 'redis-pv-sts-1 是 redis-pv-sts-0 的从节点' },
      checks: [statefulSetReady('redis-pv-sts', { replicas: 2 }), follows],
      hints: [
        {
          when: not(statefulSetReady('redis-pv-sts', { replicas: 2 })),
          text: {
            en: 'Not all Redis Pods are ready yet: `kubectl get pods --watch`.',
            zh: '还有 Redis Pod 没有就绪：`kubectl get pods --watch`。',
          },
        },
        {
          when: redisReplica('redis-pv-sts-0', { of: 'redis-pv-sts-1' }),
          text: {
            en: 'The roles are the wrong way round: -0 follows -1. Make -0 a master again with `replicaof no one`.',
            zh: '主从方向反了：-0 在跟随 -1。先在 -0 上执行 `replicaof no one`，让它重新成为主节点。',
          },
        },
        {
          when: not(headlessService('redis-svc', { governs: 'redis-pv-sts' })),
          text: {
            en: 'The name redis-pv-sts-0.redis-svc needs a headless Service redis-svc that selects the Pods and is the serviceName of the StatefulSet. Changing clusterIP in place is refused: delete the Service and make it again.',
            zh: 'redis-pv-sts-0.redis-svc 这个域名需要一个 Headless Service redis-svc：它要选中这些 Pod，并且就是 StatefulSet 的 serviceName。clusterIP 不能就地修改：请删除 Service 再重新创建。',
          },
        },
        {
          when: allOf(redisRefusesWrites('redis-pv-sts-1'), not(follows)),
          text: {
            en: 'redis-pv-sts-1 is a replica, but its link is not up. `kubectl logs redis-pv-sts-1` says why. "Invalid argument" or "Name or service not known" means that the name does not resolve: it is pod.service, redis-pv-sts-0.redis-svc. A new name is known within seconds; CoreDNS need not be restarted for it.',
            zh: 'redis-pv-sts-1 已是从节点，但连接没有建立。`kubectl logs redis-pv-sts-1` 会说原因。“Invalid argument”或“Name or service not known”表示域名解析不了：应写成“Pod名.Service名”，即 redis-pv-sts-0.redis-svc。新的域名几秒内就能解析，不需要重启 CoreDNS。',
          },
        },
        {
          text: {
            en: 'Replication is asked for on the replica: in the redis-cli of redis-pv-sts-1, with the command `replicaof` and the name of Pod -0. `info replication` on both shows how far it has come; the first copy takes a few seconds.',
            zh: '复制是在从节点上设置的：在 redis-pv-sts-1 的 redis-cli 里，用 `replicaof` 命令加上 -0 的域名。两边的 `info replication` 能看到进度；第一次同步要几秒钟。',
          },
        },
      ],
      learned: {
        en: 'A replica asks its master for a copy, and is told every change from then on.',
        zh: '从节点先向主节点要一份完整的副本，之后每个改动都会收到。',
      },
    },
    {
      id: 'copied',
      title: {
        en: 'What is written to -0 is read on -1, which takes no writes itself',
        zh: '写入 -0 的数据能从 -1 读到，而 -1 拒绝写入',
      },
      checks: [redisKey('redis-pv-sts-0', 'abc', '1'), copied, redisRefusesWrites('redis-pv-sts-1')],
      hints: [
        {
          text: {
            en: 'Set the key `abc` to 1 in the master, redis-pv-sts-0. Then try to set it in redis-pv-sts-1: what does Redis answer?',
            zh: '在主节点 redis-pv-sts-0 上把键 `abc` 设为 1。再试着在 redis-pv-sts-1 上设置它：Redis 怎么回答？',
          },
        },
      ],
      learned: {
        en: 'Reads can go to any of them, writes only to the master.',
        zh: '读可以找任何一个，写只能找主节点。',
      },
    },
    {
      id: 'returns',
      title: { en: 'The link comes back after the master was made again', zh: '主节点的 Pod 重建之后，主从连接会恢复' },
      checks: [survives(allOf(follows, copied), podDeleted('redis-pv-sts-0', { newAddress: true }))],
      hints: [
        {
          text: {
            en: 'Delete redis-pv-sts-0 and watch `info replication` on -1. A Pod that is made again has another IP; its name stays. Which of the two did you give to `replicaof`? `redis-cli info replication` shows it as master_host.',
            zh: '删除 redis-pv-sts-0，同时在 -1 上观察 `info replication`。重建的 Pod 会换 IP，名字却不变。你给 `replicaof` 的是哪一个？`redis-cli info replication` 里的 master_host 就是它。',
          },
        },
      ],
      learned: {
        en: 'A Pod that is made again has another IP. What must find it again has to know it by its name.',
        zh: '重建的 Pod 会换 IP。要想再找到它，就得记它的名字。',
      },
    },
  ],
  solution: [
    {
      task: 'linked',
      exec: { pod: 'redis-pv-sts-1', command: ['redis-cli', 'replicaof', 'redis-pv-sts-0.redis-svc', '6379'] },
      why: { en: 'The name of a StatefulSet Pod stays when its IP changes', zh: 'StatefulSet 的 Pod 换了 IP，域名也不变' },
      until: follows,
    },
    {
      task: 'copied',
      exec: { pod: 'redis-pv-sts-0', command: ['redis-cli', 'set', 'abc', '1'] },
      why: { en: 'Written once, to the master', zh: '只写一次，写到主节点' },
      until: copied,
    },
  ],
  wrong: [
    {
      id: 'pod-ip',
      refusedBy: 'returns',
      steps: [
        {
          exec: { pod: 'redis-pv-sts-1', command: ['sh', '-c', IP_OF_MASTER] },
          why: { en: 'The IP of the Pod: right until the Pod is made again', zh: '用 Pod 的 IP：在 Pod 重建之前都没问题' },
          until: follows,
        },
        {
          exec: { pod: 'redis-pv-sts-0', command: ['redis-cli', 'set', 'abc', '1'] },
          why: { en: 'Written once, to the master', zh: '只写一次，写到主节点' },
          until: copied,
        },
      ],
    },
    {
      id: 'written-twice',
      refusedBy: 'linked',
      steps: [
        {
          exec: { pod: 'redis-pv-sts-0', command: ['redis-cli', 'set', 'abc', '1'] },
          why: { en: 'The same key in both Redis', zh: '在两个 Redis 里写同一个键' },
        },
        {
          exec: { pod: 'redis-pv-sts-1', command: ['redis-cli', 'set', 'abc', '1'] },
          why: { en: 'This looks like a copy, and is none', zh: '看起来像复制，其实不是' },
          until: copied,
        },
      ],
    },
    {
      id: 'writable-copy',
      refusedBy: 'copied',
      steps: [
        {
          exec: { pod: 'redis-pv-sts-0', command: ['redis-cli', 'set', 'abc', '1'] },
          why: { en: 'The same key in both Redis', zh: '在两个 Redis 里写同一个键' },
        },
        {
          exec: { pod: 'redis-pv-sts-1', command: ['redis-cli', 'set', 'abc', '1'] },
          why: { en: 'A Redis of its own takes writes', zh: '独立的 Redis 会接受写入' },
          until: copied,
        },
      ],
    },
  ],
})
