import { defineLab, exportFile, not, objectHas, podReady, pvcBound, pvcPending, redisKey, redisRestores } from 'statelab/lab'

const POD = 'redis-pv-sts-0'
const message = redisKey(POD, 'message', 'hello world')
const inBackup = exportFile({ claim: 'redis-backup', file: 'dump.rdb', contains: 'hello world' })
const claim = pvcBound('redis-backup', { storageClass: 'nfs-client', accessMode: 'ReadWriteMany', request: '100Mi' })
const cronJob = objectHas('CronJob', 'redis-backup', { 'spec.concurrencyPolicy': 'Forbid' })

const write = {
  task: 'backup',
  exec: { pod: POD, command: ['redis-cli', 'set', 'message', 'hello world'] },
  why: { en: 'Something worth a backup', zh: '一条值得备份的数据' },
  until: message,
} as const
const makeClaim = {
  apply: '10-redis-backup-claim.yaml',
  why: { en: 'A backup on the same volume would go with it', zh: '备份放在同一个卷上，就会随卷一起丢掉' },
  until: claim,
} as const
const makeCronJob = {
  apply: '20-redis-backup.yaml',
  why: {
    en: 'Every 15 minutes: the data over the network, to the other claim',
    zh: '每 15 分钟通过网络取一次数据，写到另一个 PVC',
  },
} as const
const backUp = {
  createJob: { name: 'redis-backup-now', from: 'redis-backup' },
  why: { en: 'Nobody has to wait for the schedule', zh: '不必等到定好的时间' },
} as const
const makeRestore = {
  task: 'restore',
  apply: '30-redis-restore.yaml',
  why: { en: 'The way back, written down before it is needed', zh: '在需要之前就把恢复的办法写好' },
} as const

export default defineLab({
  id: 'redis-backup',
  track: 'redis',
  minutes: 25,
  kubernetes: '>=1.27',
  title: { en: 'A backup of Redis, and the way back', zh: '备份 Redis，并且能恢复' },
  tasks: [
    {
      id: 'backup',
      title: {
        en: 'CronJob redis-backup has put the message on another claim',
        zh: 'CronJob redis-backup 已把 message 备份到另一个 PVC',
      },
      checks: [message, claim, cronJob, inBackup],
      hints: [
        {
          when: not(podReady(POD)),
          text: {
            en: 'redis-pv-sts-0 is not ready yet: `kubectl get pods --watch`.',
            zh: 'redis-pv-sts-0 还没有就绪：`kubectl get pods --watch`。',
          },
        },
        {
          when: not(message),
          text: {
            en: 'First there has to be something to lose: set the key `message` to `hello world` in redis-pv-sts-0.',
            zh: '先要有可以丢的东西：在 redis-pv-sts-0 里把键 `message` 设为 `hello world`。',
          },
        },
        {
          when: pvcPending('redis-backup'),
          text: {
            en: 'PVC redis-backup is Pending: `kubectl describe pvc redis-backup` ends with the reason.',
            zh: 'PVC redis-backup 处于 Pending：原因在 `kubectl describe pvc redis-backup` 的末尾。',
          },
        },
        {
          when: not(objectHas('PersistentVolumeClaim', 'redis-backup')),
          text: {
            en: 'There is no PVC redis-backup yet: class nfs-client, ReadWriteMany, 100Mi. On the volume of Redis itself the backup would go with what it should replace.',
            zh: '还没有 PVC redis-backup：存储类 nfs-client，ReadWriteMany，100Mi。放在 Redis 自己的卷上，备份会和原件一起丢掉。',
          },
        },
        {
          when: not(objectHas('CronJob', 'redis-backup')),
          text: {
            en: 'There is no CronJob redis-backup yet. Its Job can use the image redis:7.0 as well: `redis-cli --help` knows an option that transfers an RDB from a server to a local file.',
            zh: '还没有 CronJob redis-backup。它的 Job 也可以用镜像 redis:7.0：`redis-cli --help` 里有一个选项，能把服务器的 RDB 传到本地文件。',
          },
        },
        {
          when: not(cronJob),
          text: {
            en: 'Two backups at the same time would write the same file: see `concurrencyPolicy` in `kubectl explain cronjob.spec`.',
            zh: '两个备份同时运行会写同一个文件：看 `kubectl explain cronjob.spec` 里的 `concurrencyPolicy`。',
          },
        },
        {
          text: {
            en: 'Let the CronJob work now: `kubectl create job redis-backup-now --from=cronjob/redis-backup`, then `kubectl logs job/redis-backup-now`. The file has to be dump.rdb in the root of the claim.',
            zh: '让 CronJob 现在就干活：`kubectl create job redis-backup-now --from=cronjob/redis-backup`，再看 `kubectl logs job/redis-backup-now`。文件要叫 dump.rdb，放在 PVC 的根目录。',
          },
        },
      ],
      learned: {
        en: 'A replica is no backup: it follows every mistake at once. A backup is of a moment, and lies elsewhere.',
        zh: '从节点不是备份：误操作会立刻同步过去。备份属于某一时刻，而且放在别处。',
      },
    },
    {
      id: 'restore',
      title: { en: 'A wiped Redis comes back with its keys', zh: '被清空的 Redis 能找回它的键' },
      checks: [
        objectHas('Job', 'redis-restore'),
        redisRestores({ statefulSet: 'redis-pv-sts', cronJob: 'redis-backup', restoreJob: 'redis-restore', keeps: message }),
      ],
      hints: [
        {
          when: not(objectHas('Job', 'redis-restore')),
          text: {
            en: 'There is no Job redis-restore yet. It mounts both claims (`kubectl get pvc`), and copies one file. With `suspend: true` it is there and does not run yet.',
            zh: '还没有 Job redis-restore。它挂载两个 PVC（`kubectl get pvc`），复制一个文件。加上 `suspend: true`，它就先放着，不运行。',
          },
        },
        {
          when: objectHas('StatefulSet', 'redis-pv-sts', { 'spec.replicas': 0 }),
          text: {
            en: 'redis-pv-sts is scaled to 0. Once the restore Job is complete: `kubectl scale statefulset redis-pv-sts --replicas=1`.',
            zh: 'redis-pv-sts 的副本数是 0。恢复 Job 完成之后：`kubectl scale statefulset redis-pv-sts --replicas=1`。',
          },
        },
        {
          text: {
            en: 'Try it yourself, in this order: backup, `flushall`, scale to 0, restore, scale to 1. If keys are missing: was the newest write in the backup (does the backup ask Redis, or copy an old file)? Under which name, in which directory, does Redis look for its dump (`config get dir`, `config get dbfilename`)? And why must Redis be stopped meanwhile?',
            zh: '自己按顺序试一遍：备份，`flushall`，缩容到 0，恢复，扩容到 1。如果少了键：最新的写入进了备份吗（备份是向 Redis 要数据，还是复制一个旧文件）？Redis 在哪个目录、用什么名字找 dump（`config get dir`、`config get dbfilename`）？为什么恢复期间 Redis 必须停着？',
          },
        },
      ],
      learned: {
        en: 'A backup is worth what its restore was tried for. Stop what writes, put the file back, start again: a claim outlives its Pod, so others can mount it meanwhile.',
        zh: '没有演练过恢复的备份不算备份。停掉写数据的，放回文件，再启动：PVC 比 Pod 活得久，其间别人可以挂载它。',
      },
    },
  ],
  solution: [write, makeClaim, makeCronJob, { ...backUp, until: inBackup }, makeRestore],
  wrong: [
    {
      id: 'stale-copy',
      refusedBy: 'restore',
      steps: [
        write,
        {
          exec: { pod: POD, command: ['redis-cli', 'save'] },
          why: { en: 'A dump, today', zh: '今天有一份 dump' },
        },
        makeClaim,
        {
          apply: 'stale-copy.yaml',
          why: { en: 'Whatever dump happens to lie there', zh: '那里碰巧有什么 dump 就复制什么' },
        },
        { ...backUp, until: inBackup },
        makeRestore,
      ],
    },
    {
      id: 'other-name',
      refusedBy: 'restore',
      steps: [
        write,
        makeClaim,
        makeCronJob,
        { ...backUp, until: inBackup },
        { apply: 'other-name.yaml', why: { en: 'To a name that Redis does not know', zh: '放到 Redis 不认识的名字' } },
      ],
    },
  ],
})
