import type { V1Pod } from '@kubernetes/client-node'
import { FakeKube } from './fake-kube.ts'

const NAMESPACE = 'lab-x'

/** What a Redis, or a sentinel, says to the words after `redis-cli` and its options. */
export type Says = (pod: string, ...args: string[]) => string

/** Ready Pods of a StatefulSet `set`, made again when they are deleted, whose redis-cli answers what the test says. */
export function redisPods(names: readonly string[], says: Says): FakeKube {
  const kube = new FakeKube()
  let made = 0
  const make = (name: string): void => void kube.put(redisPod(name, `10.244.0.${++made}`))
  kube.put({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'set', namespace: NAMESPACE, uid: 'set', generation: 1 },
    spec: { replicas: names.length, selector: {}, template: {} },
    status: { readyReplicas: names.length, observedGeneration: 1, currentRevision: 'r', updateRevision: 'r' },
  } as never)
  names.forEach(make)
  kube.onDelete = (ref) => {
    kube.remove(ref)
    if (ref.kind === 'Pod') setTimeout(() => make(ref.name), 5)
  }
  kube.onExec = (pod, [program = '', ...args]) => {
    if (program !== 'redis-cli') return { exitCode: 127, stdout: '', stderr: `${program}: not found` }
    const words = args[0] === '-p' ? args.slice(2) : args[0] === '-c' ? args.slice(1) : args
    return { exitCode: 0, stdout: `${says(pod, ...words)}\n`, stderr: '' }
  }
  return kube
}

export function redisPod(name: string, podIP: string): V1Pod {
  const ready = { containerID: `containerd://${name}`, ready: true, restartCount: 0, image: '', imageID: '' }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: NAMESPACE,
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'set', uid: 'set', controller: true }],
    },
    spec: { nodeName: 'worker', containers: [{ name: 'redis' }] },
    status: {
      phase: 'Running',
      podIP,
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'redis', state: { running: { startedAt: new Date() } }, ...ready }],
    },
  }
}
