import {
  allOf,
  defineLab,
  exportFile,
  not,
  objectHas,
  podReady,
  redisAppendOnly,
  redisCrash,
  redisKey,
  statefulSetReady,
} from 'statelab/lab'

const RDB = 'redis-pv-sts-0'
const AOF = 'redis-aof-sts-0'

const inSnapshots = redisKey(RDB, 'message', 'hello world')
const inLog = redisKey(AOF, 'message', 'hello world')
const dump = exportFile({ claim: `redis-100m-pvc-${RDB}`, file: 'dump.rdb', contains: 'hello world' })
const running = allOf(podReady(RDB), podReady(AOF))

const WRITE = ['redis-cli', 'set', 'message', 'hello world'] as const
const APPEND = ['redis-cli', 'config', 'set', 'appendonly', 'yes'] as const

export default defineLab({
  id: 'redis-crash',
  track: 'redis',
  minutes: 20,
  kubernetes: '>=1.27',
  title: { en: 'What a crash of Redis loses, and what it does not', zh: 'Redis 崩溃会丢什么，不会丢什么' },
  tasks: [
    {
      id: 'snapshot',
      title: { en: 'The message is in the snapshot of redis-pv-sts-0', zh: 'message 已经写进 redis-pv-sts-0 的快照' },
      checks: [running, inSnapshots, dump],
      hints: [
        {
          when: not(running),
          text: {
            en: 'Not both Redis are ready yet: `kubectl get pods --watch`.',
            zh: '两个 Redis 还没有都就绪：`kubectl get pods --watch`。',
          },
        },
        {
          when: allOf(inSnapshots, not(dump)),
          text: {
            en: 'Redis has the message, but its dump.rdb has not: it is in memory only. When would Redis write the dump by itself? `redis-cli config get save`. There is a command that makes it do so now.',
            zh: 'Redis 里有 message，但 dump.rdb 里没有：它只在内存里。Redis 什么时候会自己写 dump？看 `redis-cli config get save`。也有命令能让它现在就写。',
          },
        },
        {
          text: {
            en: 'Set the key `message` to `hello world` in redis-pv-sts-0, then let Redis write a snapshot. `redis-cli info persistence` shows how many changes are in no snapshot yet (rdb_changes_since_last_save).',
            zh: '在 redis-pv-sts-0 里把键 `message` 设为 `hello world`，再让 Redis 写一次快照。`redis-cli info persistence` 里的 rdb_changes_since_last_save 就是还没进快照的改动数。',
          },
        },
      ],
      learned: {
        en: 'A snapshot is what Redis knew at one moment. Between two snapshots everything new is in memory only.',
        zh: '快照记录的是 Redis 某一时刻的内容。两次快照之间的新数据只存在于内存。',
      },
    },
    {
      id: 'rdb-loses',
      title: {
        en: 'Killed, redis-pv-sts-0 loses what came after the snapshot',
        zh: 'redis-pv-sts-0 被强杀，快照之后的写入丢失',
      },
      checks: [redisCrash(RDB, { lastWrite: 'lost', keeps: inSnapshots })],
      hints: [
        {
          when: redisAppendOnly(RDB),
          text: {
            en: 'redis-pv-sts-0 has an append-only file. Leave this one as it was; redis-aof-sts is the one to change.',
            zh: 'redis-pv-sts-0 开启了 AOF。这一个请保持原样，要改的是 redis-aof-sts。',
          },
        },
        {
          text: {
            en: "Write one more key, do not save, and kill the process from inside: `kubectl exec redis-pv-sts-0 -- sh -c 'kill -9 $(pidof redis-server)'`. Which keys are there afterwards? `kubectl get pod` shows a restart, and `kubectl describe pod` its exit code, 137: SIGKILL.",
            zh: "再写一个键，不要保存，然后从容器里杀掉进程：`kubectl exec redis-pv-sts-0 -- sh -c 'kill -9 $(pidof redis-server)'`。之后还有哪些键？`kubectl get pod` 能看到重启，`kubectl describe pod` 能看到退出码 137，也就是 SIGKILL。",
          },
        },
      ],
      learned: {
        en: 'An "OK" of a Redis with snapshots alone is no promise: a crash, an OOM kill or a power cut takes everything since the last snapshot.',
        zh: '只有快照的 Redis 回答“OK”并不是承诺：崩溃、OOM 或断电，会带走最后一次快照之后的一切。',
      },
    },
    {
      id: 'append-only',
      title: {
        en: 'redis-aof-sts-0 has an append-only file, and the message is still there',
        zh: 'redis-aof-sts-0 开启了 AOF，message 还在',
      },
      checks: [redisAppendOnly(AOF), inLog],
      hints: [
        {
          when: allOf(redisAppendOnly(AOF), not(inLog)),
          text: {
            en: 'The append-only file is on, and the message is gone (or was never there). A Redis that starts with `appendonly yes` reads the log alone and leaves dump.rdb aside; a log that is new is empty. Next time: first `config set appendonly yes` in the running Redis, which writes all it has into the log, then the template. Now: set the message again.',
            zh: 'AOF 已经开启，message 却没有了（或者从来没写过）。以 `appendonly yes` 启动的 Redis 只读 AOF，不读 dump.rdb，而新的 AOF 是空的。下次请先在运行中的 Redis 里执行 `config set appendonly yes`（它会把现有数据写进 AOF），再改模板。现在：重新写一次 message。',
          },
        },
        {
          when: not(inLog),
          text: {
            en: 'redis-aof-sts-0 does not know the message yet: set the same key there, before you change anything.',
            zh: 'redis-aof-sts-0 里还没有 message：先在那里写入同一个键，再做别的改动。',
          },
        },
        {
          text: {
            en: 'The option is called `appendonly`. `redis-cli config set` changes the running Redis, `args` in the template the one after it. In which order, so that nothing is lost?',
            zh: '这个选项叫 `appendonly`。`redis-cli config set` 改的是运行中的 Redis，模板里的 `args` 改的是之后启动的 Redis。按什么顺序做，才不会丢数据？',
          },
        },
      ],
      learned: {
        en: 'Switching to an append-only file has an order: first in the running Redis, then in the template. The other way round Redis starts with an empty log and ignores the dump.',
        zh: '切换到 AOF 有先后：先改运行中的 Redis，再改模板。反过来，Redis 会带着空的 AOF 启动，而不理会 dump。',
      },
    },
    {
      id: 'aof-keeps',
      title: { en: 'Killed, redis-aof-sts-0 keeps every acknowledged write', zh: 'redis-aof-sts-0 被强杀，确认过的写入一条不少' },
      checks: [statefulSetReady('redis-aof-sts', { replicas: 1 }), redisCrash(AOF, { lastWrite: 'kept', keeps: inLog })],
      hints: [
        {
          when: not(
            objectHas('StatefulSet', 'redis-aof-sts', { 'spec.template.spec.containers[0].args': ['--appendonly', 'yes'] }),
          ),
          text: {
            en: 'Look at the template of redis-aof-sts: will the next Redis know of `appendonly`? `config set` was said to the running process only.',
            zh: '看看 redis-aof-sts 的模板：下一个 Redis 会知道 `appendonly` 吗？`config set` 只告诉了运行中的进程。',
          },
        },
        {
          text: {
            en: "Kill this one as well: `kubectl exec redis-aof-sts-0 -- sh -c 'kill -9 $(pidof redis-server)'`. `kubectl logs redis-aof-sts-0` tells from which file it came back.",
            zh: "把它也杀掉：`kubectl exec redis-aof-sts-0 -- sh -c 'kill -9 $(pidof redis-server)'`。`kubectl logs redis-aof-sts-0` 会告诉你它是从哪个文件恢复的。",
          },
        },
      ],
      learned: {
        en: 'With an append-only file a write is handed to the kernel before Redis answers, so the death of the process loses nothing. Against a power cut counts when the log is fsynced: `appendfsync everysec` (the default) risks one second, `always` none.',
        zh: '有了 AOF，Redis 先把写入交给内核再应答，所以进程死掉什么也不丢。断电则取决于何时 fsync：默认的 `appendfsync everysec` 可能丢一秒，`always` 不丢。',
      },
    },
  ],
  solution: [
    {
      task: 'snapshot',
      exec: { pod: RDB, command: WRITE },
      why: { en: 'Something that must not be lost', zh: '一条不能丢的数据' },
    },
    {
      exec: { pod: RDB, command: ['redis-cli', 'save'] },
      why: { en: 'Into the snapshot, now', zh: '立即写进快照' },
      until: dump,
    },
    {
      task: 'append-only',
      exec: { pod: AOF, command: WRITE },
      why: { en: 'The same in the other Redis', zh: '在另一个 Redis 里也写一份' },
    },
    {
      exec: { pod: AOF, command: APPEND },
      why: {
        en: 'First the running Redis: it writes all that it has into the log',
        zh: '先改运行中的 Redis：它会把现有数据都写进 AOF',
      },
      until: redisAppendOnly(AOF),
    },
    {
      task: 'aof-keeps',
      apply: 'redis-aof-sts.yaml',
      why: { en: 'Then the template, so that the next Redis starts from the log', zh: '再改模板，让之后的 Redis 从 AOF 启动' },
      until: allOf(statefulSetReady('redis-aof-sts', { replicas: 1 }), redisAppendOnly(AOF)),
    },
  ],
  wrong: [
    {
      id: 'never-saved',
      refusedBy: 'snapshot',
      steps: [{ exec: { pod: RDB, command: WRITE }, why: { en: 'In memory only', zh: '只在内存里' }, until: inSnapshots }],
    },
    {
      id: 'template-only',
      refusedBy: 'append-only',
      steps: [
        { exec: { pod: AOF, command: WRITE }, why: { en: 'Something to lose', zh: '一条会丢的数据' }, until: inLog },
        {
          apply: 'redis-aof-sts.yaml',
          why: { en: 'The log is switched on at the start, and is empty', zh: '启动时才开启 AOF，而 AOF 是空的' },
          until: allOf(statefulSetReady('redis-aof-sts', { replicas: 1 }), redisAppendOnly(AOF)),
        },
      ],
    },
    {
      id: 'running-only',
      refusedBy: 'aof-keeps',
      steps: [
        { exec: { pod: AOF, command: WRITE }, why: { en: 'Something to keep', zh: '一条要保住的数据' }, until: inLog },
        {
          exec: { pod: AOF, command: APPEND },
          why: { en: 'The next Redis will not know of it', zh: '下一个 Redis 并不知道这个设置' },
          until: redisAppendOnly(AOF),
        },
      ],
    },
  ],
})
