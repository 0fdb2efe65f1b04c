import {
  allOf,
  allPodsDeleted,
  defineLab,
  headlessService,
  not,
  objectHas,
  podReady,
  redisMaster,
  redisNeedsPassword,
  redisRefusesWrites,
  redisReplica,
  secretStaysSecret,
  statefulSetReady,
  survives,
} from 'statelab/lab'

const [P0, P1, P2] = ['redis-pv-sts-0', 'redis-pv-sts-1', 'redis-pv-sts-2'] as const

const scriptInConfigMap = objectHas('ConfigMap', 'redis-start')
const master = redisMaster(P0)
const first = redisReplica(P1, { of: P0 })
const second = redisReplica(P2, { of: P0 })
const two = allOf(podReady(P0), podReady(P1))
const three = statefulSetReady('redis-pv-sts', { replicas: 3 })

const secret = {
  task: 'settings',
  apply: 'redis-auth.yaml',
  why: { en: 'The password, where it belongs', zh: '把密码放到该放的地方' },
} as const

export default defineLab({
  id: 'redis-by-ordinal',
  track: 'redis',
  minutes: 25,
  kubernetes: '>=1.27',
  title: { en: 'Each Redis finds its role by itself', zh: '每个 Redis 自己认清角色' },
  tasks: [
    {
      id: 'settings',
      title: {
        en: 'The start script is in a ConfigMap, the password in a Secret',
        zh: '启动脚本放在 ConfigMap 里，密码放在 Secret 里',
      },
      checks: [
        scriptInConfigMap,
        secretStaysSecret('redis-auth', { key: 'password', notIn: [{ kind: 'ConfigMap', name: 'redis-start' }] }),
      ],
      hints: [
        {
          when: not(objectHas('Secret', 'redis-auth')),
          text: {
            en: 'There is no Secret redis-auth yet: `kubectl create secret generic --help` shows how one is made from a literal. Its key is called `password`; choose at least eight characters.',
            zh: '还没有名为 redis-auth 的 Secret：`kubectl create secret generic --help` 里有用字面值创建的写法。键名是 `password`，密码至少八个字符。',
          },
        },
        {
          when: not(scriptInConfigMap),
          text: {
            en: 'There is no ConfigMap redis-start yet. `kubectl create configmap redis-start --from-file=start.sh` makes one from a file; later it is mounted as a volume.',
            zh: '还没有名为 redis-start 的 ConfigMap。`kubectl create configmap redis-start --from-file=start.sh` 可以用文件创建；之后把它作为卷挂载。',
          },
        },
        {
          text: {
            en: 'The script must not contain the password, only the name of an environment variable. The value comes from the Secret, with `env[].valueFrom.secretKeyRef`.',
            zh: '脚本里不能写密码，只写环境变量的名字。变量的值用 `env[].valueFrom.secretKeyRef` 从 Secret 取。',
          },
        },
      ],
      learned: {
        en: 'A ConfigMap is for what everybody may read. A Secret is not encrypted, but who may read it is decided apart, and `kubectl describe` does not show it.',
        zh: 'ConfigMap 放谁都能看的东西。Secret 并不加密，但谁能读它可以单独授权，`kubectl describe` 也不会显示它的内容。',
      },
    },
    {
      id: 'roles',
      title: {
        en: 'redis-pv-sts-0 is the master, redis-pv-sts-1 its replica, and both want the password',
        zh: 'redis-pv-sts-0 是主节点，redis-pv-sts-1 是它的从节点，两者都要密码',
      },
      checks: [
        two,
        headlessService('redis-svc', { governs: 'redis-pv-sts' }),
        secretStaysSecret('redis-auth', { key: 'password', notIn: [{ kind: 'StatefulSet', name: 'redis-pv-sts' }] }),
        redisNeedsPassword(P0),
        redisNeedsPassword(P1),
        master,
        first,
      ],
      hints: [
        {
          when: not(objectHas('StatefulSet', 'redis-pv-sts')),
          text: {
            en: 'There is no StatefulSet redis-pv-sts yet. How does each replica get its own configuration, when all have one template? The template says what to run; the script decides when it runs, by what differs: the host name.',
            zh: '还没有 StatefulSet redis-pv-sts。所有副本共用一个模板，怎样才能各有各的配置？模板只说运行什么；脚本运行时再根据不同之处，也就是主机名，来决定。',
          },
        },
        {
          when: not(podReady(P0)),
          text: {
            en: 'redis-pv-sts-0 is not ready, and -1 is not made before it is. `kubectl logs redis-pv-sts-0` shows what the script or Redis complains about; `kubectl describe pod` a Secret or ConfigMap that is not found.',
            zh: 'redis-pv-sts-0 没有就绪，在它就绪之前不会创建 -1。脚本或 Redis 的报错看 `kubectl logs redis-pv-sts-0`；找不到 Secret 或 ConfigMap 时看 `kubectl describe pod`。',
          },
        },
        {
          when: allOf(two, not(redisNeedsPassword(P0))),
          text: {
            en: 'Redis in redis-pv-sts-0 answers without a password, or not to the one of the Pod. `requirepass` is the option; and the environment variable REDISCLI_AUTH gives redis-cli the password.',
            zh: 'redis-pv-sts-0 里的 Redis 不要密码就能用，或者不认 Pod 里的密码。对应的选项是 `requirepass`；环境变量 REDISCLI_AUTH 会把密码交给 redis-cli。',
          },
        },
        {
          when: allOf(redisNeedsPassword(P1), not(redisMaster(P1)), not(first)),
          text: {
            en: 'redis-pv-sts-1 is a replica whose link is not up. `kubectl logs redis-pv-sts-1` says why: "NOAUTH" means that it does not tell its master the password (`masterauth`); another reason may be the name of the master.',
            zh: 'redis-pv-sts-1 是从节点，但连接没有建立。`kubectl logs redis-pv-sts-1` 会说原因：“NOAUTH”表示它没有向主节点出示密码（`masterauth`）；也可能是主节点的名字不对。',
          },
        },
        {
          when: redisMaster(P1),
          text: {
            en: 'redis-pv-sts-1 is a master as well. What is $HOSTNAME in it, and what does your script make of it? The ordinal is what follows the last hyphen.',
            zh: 'redis-pv-sts-1 也成了主节点。它里面的 $HOSTNAME 是什么？你的脚本又是怎么判断的？序号是最后一个连字符之后的部分。',
          },
        },
        {
          text: {
            en: 'What is -1 for, if everyone uses -0? It has the data when -0 is away, and it takes reads. `redis-cli info replication` in both shows their roles.',
            zh: '既然大家都用 -0，-1 有什么用？-0 不在时它有数据，还能分担读请求。两边的 `redis-cli info replication` 会显示各自的角色。',
          },
        },
      ],
      learned: {
        en: 'Name and ordinal are the only things that differ between the Pods of a StatefulSet. A script that decides by them gives each its own configuration.',
        zh: '同一个 StatefulSet 的 Pod，只有名字和序号不同。让脚本据此判断，每个 Pod 就有了自己的配置。',
      },
    },
    {
      id: 'three',
      title: { en: 'A third Redis joins as a replica, without a command', zh: '第三个 Redis 不用任何命令就成为从节点' },
      checks: [three, second, redisRefusesWrites(P2)],
      hints: [
        {
          when: objectHas('StatefulSet', 'redis-pv-sts', { 'spec.replicas': 2 }),
          text: {
            en: '`kubectl scale statefulset redis-pv-sts --replicas=3`, and nothing else.',
            zh: '只需要 `kubectl scale statefulset redis-pv-sts --replicas=3`。',
          },
        },
        {
          text: {
            en: 'Does the script know ordinals above 1? "Not 0" is a better question than "is 1". `kubectl logs redis-pv-sts-2` shows what the new Redis does.',
            zh: '脚本认得大于 1 的序号吗？判断“不是 0”比判断“是 1”更好。`kubectl logs redis-pv-sts-2` 能看到新的 Redis 在做什么。',
          },
        },
      ],
      learned: {
        en: 'Scaling a set whose Pods find their role themselves is one number.',
        zh: 'Pod 能自己认清角色，扩容就只是改一个数字。',
      },
    },
    {
      id: 'returns',
      title: { en: 'The roles hold after every Pod was deleted', zh: '所有 Pod 都被删除之后，角色不变' },
      checks: [survives(allOf(master, first, second), allPodsDeleted('redis-pv-sts'))],
      hints: [
        {
          text: {
            en: '`kubectl delete pod -l app=redis-pv-sts` deletes them all (or your label). Whatever was said with `replicaof` to a running Redis is forgotten; only what the script says is said again. Is the name of the master right, or is an IP in it?',
            zh: '`kubectl delete pod -l app=redis-pv-sts` 会全部删除（换成你的标签）。对运行中的 Redis 说过的 `replicaof` 都会被忘记，只有脚本里写的会再说一遍。主节点用的是名字，还是 IP？',
          },
        },
      ],
      learned: {
        en: 'What is decided at every start holds after every restart. But the master is always -0, also while it is away: who takes over then is the next lab.',
        zh: '每次启动都重新决定的事，重启多少次都不变。不过主节点永远是 -0，哪怕它不在。那时由谁接替？请看下一个实验。',
      },
    },
  ],
  solution: [
    secret,
    {
      apply: 'redis-start.yaml',
      why: { en: 'The script: -0 is the master, all others follow its name', zh: '脚本：-0 是主节点，其余的按名字跟随它' },
    },
    {
      task: 'roles',
      apply: 'redis-pv-sts.yaml',
      why: { en: 'The script as command, the password as environment', zh: '脚本作为启动命令，密码放进环境变量' },
      until: allOf(master, first),
    },
    {
      task: 'three',
      scale: { kind: 'StatefulSet', name: 'redis-pv-sts', replicas: 3 },
      why: { en: 'One more, with the same template', zh: '用同一个模板再来一个' },
      until: allOf(three, second),
    },
  ],
  wrong: [
    {
      id: 'password-in-script',
      refusedBy: 'settings',
      steps: [
        secret,
        {
          apply: 'password-in-script.yaml',
          why: { en: 'The password stands in the ConfigMap', zh: '密码写进了 ConfigMap' },
        },
      ],
    },
    {
      id: 'by-hand',
      refusedBy: 'returns',
      steps: [
        secret,
        { apply: 'by-hand.yaml', why: { en: 'Three Redis without roles', zh: '三个没有角色的 Redis' }, until: three },
        {
          exec: { pod: P1, command: ['redis-cli', 'replicaof', 'redis-pv-sts-0.redis-svc', '6379'] },
          why: { en: 'A command to a running Redis', zh: '对运行中的 Redis 下命令' },
        },
        {
          exec: { pod: P2, command: ['redis-cli', 'replicaof', 'redis-pv-sts-0.redis-svc', '6379'] },
          why: { en: 'It is forgotten with the process', zh: '进程一结束就忘了' },
          until: allOf(master, first, second),
        },
      ],
    },
  ],
})
