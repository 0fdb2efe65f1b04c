import type { V1Pod, V1StatefulSet } from '@kubernetes/client-node'
import type { ExecResult, ObjectRef } from '../../scripts/kube/kube.ts'
import type { ExportEntry, ExportView } from '../../scripts/nfs/export-view.ts'
import { FakeKube } from './fake-kube.ts'

export interface RedisWorldOptions {
  readonly namespace?: string
  /** Where the claim is mounted; `null` for Pods without one. */
  readonly mountPath?: string | null
  readonly storageClass?: string
}

interface Redis {
  readonly data: Map<string, string>
  /** The master's name or IP, once it follows one. */
  master?: string
}

const OK: ExecResult = { exitCode: 0, stdout: 'OK\n', stderr: '' }

/**
 * The redis-pv-sts of the labs in memory: a StatefulSet controller that makes deleted Pods again, Redis that save a dump
 * when they are ended with grace and load it when they start, and an export that holds the dumps.
 */
export class RedisWorld implements ExportView {
  readonly kube = new FakeKube()
  readonly namespace: string
  readonly #mountPath: string | null
  readonly #storageClass: string
  readonly #redis = new Map<string, Redis>()
  readonly #files = new Map<string, { content: string; modifiedAt: Date }>()
  #lastAddress = 1
  /** The time of the world, in milliseconds: each start of a container takes two seconds of it. */
  #now = Date.parse('2026-11-21T00:00:00Z')

  constructor(options: RedisWorldOptions = {}) {
    this.namespace = options.namespace ?? 'lab-redis'
    this.#mountPath = options.mountPath === undefined ? '/data' : options.mountPath
    this.#storageClass = options.storageClass ?? 'nfs-client'
    this.kube.onDelete = (ref, grace) => this.#delete(ref, grace)
    this.kube.onExec = (pod, command) => this.#exec(pod, command)
    this.kube.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } })
    this.kube.put(this.#statefulSet())
    for (const pod of [0, 1].map((ordinal) => `redis-pv-sts-${ordinal}`)) {
      if (this.#mountPath !== null) this.#claim(pod)
      this.#start(pod)
    }
  }

  /** The redis-cli of a Pod. */
  cli(pod: string, ...args: string[]): string {
    return this.#exec(pod, ['redis-cli', ...args]).stdout.trim()
  }

  async list(directory: string): Promise<ExportEntry[] | undefined> {
    const entry = (name: string, kind: 'file' | 'directory', modifiedAt: Date): ExportEntry => ({
      name,
      kind,
      mode: 0o777,
      sizeBytes: 1,
      modifiedAt,
    })
    if (directory === '')
      return this.#mountPath === null
        ? []
        : [0, 1].map((ordinal) => entry(this.#directory(`redis-pv-sts-${ordinal}`), 'directory', new Date(0)))
    return [...this.#files]
      .filter(([path]) => path.startsWith(`${directory}/`))
      .map(([path, { modifiedAt }]) => entry(path.slice(directory.length + 1), 'file', modifiedAt))
  }

  async read(file: string): Promise<string | undefined> {
    return this.#files.get(file)?.content
  }

  command(path: string, program: 'ls' | 'cat' = 'ls'): string {
    return `docker exec nfs ${program === 'ls' ? 'ls -la' : 'cat'} /export/${path}`
  }

  #statefulSet(): V1StatefulSet {
    const volume = this.#mountPath === null ? {} : { volumeMounts: [{ name: 'redis-100m-pvc', mountPath: this.#mountPath }] }
    const template = { metadata: { labels: { app: 'redis-pv-sts' } }, spec: { containers: [{ name: 'redis', ...volume }] } }
    const claims = this.#mountPath === null ? {} : { volumeClaimTemplates: [{ metadata: { name: 'redis-100m-pvc' } }] }
    return {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'redis-pv-sts', namespace: this.namespace, uid: 'sts', generation: 1 },
      spec: { replicas: 2, serviceName: 'redis-svc', selector: {}, template, ...claims },
      status: { replicas: 2, readyReplicas: 2, observedGeneration: 1, currentRevision: 'r1', updateRevision: 'r1' },
    }
  }

  #claim(pod: string): void {
    const name = `redis-100m-pvc-${pod}`
    const resources = { requests: { storage: '100Mi' } }
    const claim = this.kube.put({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace: this.namespace, creationTimestamp: new Date(this.#now) },
      spec: { storageClassName: this.#storageClass, accessModes: ['ReadWriteMany'], resources, volumeName: `pv-${pod}` },
      status: { phase: 'Bound' },
    })
    this.kube.put({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `pv-${pod}` },
      spec: {
        claimRef: { name, namespace: this.namespace, uid: claim.metadata.uid },
        nfs: { server: '10.0.0.1', path: `/export/${this.#directory(pod)}` },
      },
    })
  }

  #directory(pod: string): string {
    return `${this.namespace}-redis-100m-pvc-${pod}-pv-${pod}`
  }

  #dump(pod: string): string {
    return `${this.#directory(pod)}/dump.rdb`
  }

  #start(name: string): void {
    this.#now += 2_000
    const startedAt = new Date(this.#now)
    const claim = { persistentVolumeClaim: { claimName: `redis-100m-pvc-${name}` }, name: 'redis-100m-pvc' }
    const mounts = this.#mountPath === null ? [] : [{ name: 'redis-100m-pvc', mountPath: this.#mountPath }]
    const pod: V1Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: this.namespace,
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'redis-pv-sts', uid: 'sts', controller: true }],
      },
      spec: { containers: [{ name: 'redis', volumeMounts: mounts }], ...(this.#mountPath !== null && { volumes: [claim] }) },
      status: {
        phase: 'Running',
        podIP: `10.244.0.${++this.#lastAddress}`,
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [
          { name: 'redis', image: 'redis', imageID: '', ready: true, restartCount: 0, state: { running: { startedAt } } },
        ],
      },
    }
    const { uid } = this.kube.put(pod).metadata ?? {}
    const involvedObject = { kind: 'Pod', name, namespace: this.namespace, ...(uid !== undefined && { uid }) }
    this.kube.put({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `started-${uid}`, namespace: this.namespace },
      reason: 'Started',
      type: 'Normal',
      involvedObject,
      lastTimestamp: startedAt,
    })
    const saved = this.#mountPath === '/data' ? this.#files.get(this.#dump(name))?.content : undefined
    this.#redis.set(name, { data: parseDump(saved ?? '') })
  }

  #delete(ref: ObjectRef, grace: number | undefined): void {
    const redis = this.#redis.get(ref.name)
    if (ref.kind === 'Pod' && redis && grace !== 0 && this.#mountPath === '/data') {
      this.#save(ref.name, redis)
    }
    this.kube.remove(ref)
    if (ref.kind === 'Pod' && redis) setTimeout(() => this.#start(ref.name), 5)
  }

  #save(pod: string, { data }: Redis): void {
    this.#now += 1_000
    this.#files.set(this.#dump(pod), { content: writeDump(data), modifiedAt: new Date(this.#now) })
  }

  #exec(pod: string, [program = '', ...args]: readonly string[]): ExecResult {
    const redis = this.#redis.get(pod)
    if (program !== 'redis-cli' || !redis) return { exitCode: 127, stdout: '', stderr: `${program}: not found` }
    const reply = (text: string): ExecResult => ({ exitCode: 0, stdout: `${text}\n`, stderr: '' })
    const [verb = '', key = '', value = ''] = args
    const master = redis.master === undefined ? undefined : this.#reach(redis.master)
    const data = master ? master.data : redis.data
    switch (verb.toUpperCase()) {
      case 'GET':
        return reply(data.get(key) ?? '')
      case 'SET':
        if (redis.master !== undefined) return reply(READONLY)
        data.set(key, value)
        return OK
      case 'DEL':
        return reply(redis.master === undefined ? '0' : READONLY)
      case 'CONFIG':
        return reply(`${value}\n${value === 'dir' ? '/data' : 'dump.rdb'}`)
      case 'SAVE':
        this.#save(pod, redis)
        return OK
      case 'ROLE':
        return reply(redis.master === undefined ? 'master' : 'slave')
      case 'REPLICAOF':
        redis.master = key
        return OK
      default:
        return reply(this.#info(pod, redis, master))
    }
  }

  #info(pod: string, redis: Redis, master: (Redis & { pod: string }) | undefined): string {
    const idOf = (name: string): string | undefined => this.#podOf(name)?.metadata?.uid
    if (redis.master !== undefined) {
      return [
        '# Replication',
        'role:slave',
        `master_host:${redis.master}`,
        `master_link_status:${master ? 'up' : 'down'}`,
        `master_replid:${idOf(master?.pod ?? pod)}`,
      ].join('\r\n')
    }
    const followers = [...this.#redis].filter(([, other]) => other.master !== undefined && this.#reach(other.master)?.pod === pod)
    const lines = followers.map(
      ([name], index) => `slave${index}:ip=${this.#podOf(name)?.status?.podIP},port=6379,state=online,offset=14,lag=0`,
    )
    return ['# Replication', 'role:master', `connected_slaves:${followers.length}`, ...lines, `master_replid:${idOf(pod)}`].join(
      '\r\n',
    )
  }

  /** Who is found under a name or an IP, now. */
  #reach(host: string): (Redis & { pod: string }) | undefined {
    for (const [pod, redis] of this.#redis) {
      const found = this.#podOf(pod)
      if (found && (host === `${pod}.redis-svc` || host === found.status?.podIP)) return { ...redis, pod }
    }
    return undefined
  }

  #podOf(name: string): V1Pod | undefined {
    return this.kube.peek<V1Pod>({ apiVersion: 'v1', kind: 'Pod', namespace: this.namespace, name })
  }
}

const READONLY = "READONLY You can't write against a read only replica."

/** As an RDB file has short strings: the length before each. */
function writeDump(data: ReadonlyMap<string, string>): string {
  return `REDIS0010${[...data].map(([key, value]) => `\0${short(key)}${short(value)}`).join('')}`
}

function short(text: string): string {
  return `${String.fromCharCode(text.length)}${text}`
}

function parseDump(content: string): Map<string, string> {
  const data = new Map<string, string>()
  for (const pair of content.split('\0').slice(1)) {
    const length = pair.charCodeAt(0)
    data.set(pair.slice(1, 1 + length), pair.slice(2 + length))
  }
  return data
}
