import type { KubernetesObject, V1Pod } from '@kubernetes/client-node'
import type { ExecResult, ObjectRef } from '../../scripts/kube/kube.ts'
import { FakeKube } from './fake-kube.ts'
import { FakeNodes } from './fake-nodes.ts'

const NAMESPACE = 'lab-x'

/** What holds the files at /data of a Pod: its own emptyDir, a directory of its node, or nothing but the container. */
export type Storage = 'emptyDir' | 'hostPath' | 'container'

/**
 * Bare Pods on two nodes in memory: a kubelet that runs what is applied at once, restarts what is killed, and keeps
 * files for as long as their volume lives.
 */
export class PodWorld {
  readonly kube = new FakeKube()
  readonly nodes = new FakeNodes()
  /** Called when a Pod is about to run; throws to break it, as an interrupted user does. */
  onRun: (pod: V1Pod) => void = () => {}
  readonly #storage: Storage
  readonly #files = new Map<string, string>()
  #containers = 0

  constructor(storage: Storage) {
    this.#storage = storage
    this.kube.onApply = (object) => this.#run(object as V1Pod)
    this.kube.onExec = (pod, command) => this.#exec(pod, command)
    this.nodes.onRun = (_node, command) => this.#kill(command.at(-1) ?? '')
  }

  /** A learner's Pod, on this node. */
  start(name: string, node = 'worker', spec: object = {}): void {
    this.#run({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: NAMESPACE, labels: { app: name } },
      spec: { nodeName: node, containers: [{ name: 'main' }], ...spec },
    } as V1Pod)
  }

  pod(name: string): V1Pod | undefined {
    return this.kube.peek<V1Pod>(refOf(name))
  }

  write(pod: string, file: string, text: string): void {
    this.#files.set(this.#place(pod, file), text)
  }

  #run(pod: V1Pod): void {
    this.onRun(pod)
    const name = pod.metadata?.name ?? ''
    // Another UID than any Pod of this name had.
    this.kube.put({ ...pod, metadata: { ...pod.metadata, uid: `uid-${++this.#containers}` }, status: this.#running(0) } as V1Pod)
    const { uid } = this.pod(name)?.metadata ?? {}
    const scheduled = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `scheduled-${uid}`, namespace: NAMESPACE },
      involvedObject: { kind: 'Pod', name, uid },
      reason: 'Scheduled',
      message: `Successfully assigned ${NAMESPACE}/${name} to ${pod.spec?.nodeName}`,
      lastTimestamp: new Date(),
    }
    this.kube.put(scheduled as unknown as KubernetesObject)
  }

  #running(restartCount: number): V1Pod['status'] {
    const containerID = `containerd://c${++this.#containers}`
    const ended = { terminated: { reason: 'Error', exitCode: 137, containerID } }
    return {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        {
          name: 'main',
          containerID,
          restartCount,
          ready: true,
          image: '',
          imageID: '',
          state: { running: { startedAt: new Date() } },
          ...(restartCount > 0 && { lastState: ended }),
        },
      ],
    }
  }

  #kill(id: string): { exitCode: number; stdout: string; stderr: string } {
    for (const name of this.#pods()) {
      const [container] = this.pod(name)?.status?.containerStatuses ?? []
      if (container?.containerID !== `containerd://${id}`) continue
      if (this.#storage === 'container') this.#files.clear()
      this.kube.put({ ...this.pod(name), status: this.#running(container.restartCount + 1) } as V1Pod)
      return { exitCode: 0, stdout: '', stderr: '' }
    }
    return { exitCode: 1, stdout: '', stderr: 'not found' }
  }

  #pods(): string[] {
    return ['web', 'web-copy'].filter((name) => this.pod(name))
  }

  /** Where a file is: what is not the node's is the Pod's, and gone with its UID. */
  #place(pod: string, file: string): string {
    const found = this.pod(pod)
    return `${this.#storage === 'hostPath' ? found?.spec?.nodeName : found?.metadata?.uid}:${file}`
  }

  #exec(pod: string, [program = '', ...args]: readonly string[]): ExecResult {
    const [, text, target] = /^echo (\S+) > (\S+)$/.exec(args[1] ?? '') ?? []
    if (program === 'sh' && text !== undefined && target !== undefined) this.write(pod, target, text)
    if (program === 'sh') return { exitCode: 0, stdout: '', stderr: '' }
    const file = args.at(-1) ?? ''
    const content = this.#files.get(this.#place(pod, file))
    if (program === 'rm') this.#files.delete(this.#place(pod, file))
    if (content === undefined) return { exitCode: 1, stdout: '', stderr: `${program}: ${file}: No such file or directory\n` }
    return { exitCode: 0, stdout: program === 'cat' ? content : program === 'stat' ? '1000000000' : file, stderr: '' }
  }

  /** Files that are left on a node's disk. */
  get left(): string[] {
    return [...this.#files.keys()].filter((place) => /^(worker|control-plane):/.test(place))
  }
}

function refOf(name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name }
}
