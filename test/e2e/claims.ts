import { randomBytes } from 'node:crypto'
import type { CoreV1Event, V1PersistentVolume, V1PersistentVolumeClaim, V1StorageClass } from '@kubernetes/client-node'
import { waitFor, waitForAll } from '../../scripts/kube/wait-for.ts'
import { PROVISIONER } from '../../scripts/provision/provisioner.ts'
import type { LabEnvironment } from '../../scripts/runner/lab-context.ts'
import { cleanupSignal } from '../../scripts/wait/deadline.ts'
import type { Observation } from '../../scripts/wait/poll.ts'

/** What nfs-subdir-external-provisioner, and whatever takes its place, is called in a StorageClass. */
const PROVISIONER_NAME = 'k8s-sigs.io/nfs-subdir-external-provisioner'
const CLASS = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' }
const CLAIM = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' }
const VOLUME = { apiVersion: 'v1', kind: 'PersistentVolume' }

export type Parameters = Readonly<Record<string, string>>
export type ClaimChanges = Partial<V1PersistentVolumeClaim['spec']> & {
  readonly annotations?: Parameters
  readonly labels?: Parameters
}

/** Claims in a namespace of their own, with StorageClasses of their own, and the export as its server sees it. */
export class Claims implements AsyncDisposable {
  readonly namespace = `t-claims-${randomBytes(3).toString('hex')}`
  readonly environment: LabEnvironment
  readonly #classes: string[] = []

  private constructor(environment: LabEnvironment) {
    this.environment = environment
  }

  static async create(environment: LabEnvironment): Promise<Claims> {
    const claims = new Claims(environment)
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: claims.namespace } }
    await environment.kube.apply([namespace], { signal: signal() })
    return claims
  }

  /** Makes a StorageClass, again where there is one: the API lets nobody change parameters. */
  async storageClass(name: string, parameters: Parameters, changes: Partial<V1StorageClass> = {}): Promise<void> {
    const { kube } = this.environment
    const storageClass: V1StorageClass = {
      ...CLASS,
      metadata: { name: this.nameOf(name) },
      provisioner: PROVISIONER_NAME,
      reclaimPolicy: 'Delete',
      parameters: { ...parameters },
      ...changes,
    }
    await kube.delete({ ...CLASS, name: this.nameOf(name) }, { signal: signal() })
    await kube.apply([storageClass], { signal: signal() })
    this.#classes.push(this.nameOf(name))
  }

  async deleteClass(name: string): Promise<void> {
    await this.environment.kube.delete({ ...CLASS, name: this.nameOf(name) }, { signal: signal() })
  }

  /** A class's name in the cluster. */
  nameOf(name: string): string {
    return `${this.namespace}-${name}`
  }

  async claim(name: string, storageClass = name, { annotations = {}, labels = {}, ...spec }: ClaimChanges = {}): Promise<void> {
    const claim: V1PersistentVolumeClaim = {
      ...CLAIM,
      metadata: { name, namespace: this.namespace, annotations, labels },
      spec: {
        storageClassName: this.nameOf(storageClass),
        accessModes: ['ReadWriteMany'],
        resources: { requests: { storage: '1Mi' } },
        ...spec,
      },
    }
    await this.environment.kube.apply([claim], { signal: signal() })
  }

  /** Waits until the claims are bound. @returns their volumes by claim. */
  async bound(names: readonly string[], timeoutMs = 30_000): Promise<Map<string, V1PersistentVolume>> {
    const look = (claims: readonly V1PersistentVolumeClaim[]): Observation<true> => {
      const bound = new Set(claims.filter(({ status }) => status?.phase === 'Bound').map(({ metadata }) => metadata?.name))
      const missing = names.filter((name) => !bound.has(name))
      return { seen: `${missing.length} of ${names.length} wait: ${missing[0]}`, ...(missing.length === 0 && { value: true }) }
    }
    const options = { what: 'claims are bound', timeoutMs, signal: signal(timeoutMs) }
    await waitForAll(this.environment.kube, { ...CLAIM, namespace: this.namespace }, look, options)
    const volumes = await this.volumes()
    return new Map(volumes.map((volume) => [volume.spec?.claimRef?.name ?? '', volume]))
  }

  /** Makes a claim and waits for its volume. */
  async volumeFor(name: string, storageClass = name, changes: ClaimChanges = {}): Promise<V1PersistentVolume> {
    await this.claim(name, storageClass, changes)
    const volume = (await this.bound([name])).get(name)
    if (!volume) throw new Error(`claim ${name} is bound, and no volume is bound to it`)
    return volume
  }

  async volumes(): Promise<V1PersistentVolume[]> {
    const all = await this.environment.kube.list<V1PersistentVolume>(VOLUME, signal())
    return all.filter(({ spec }) => spec?.claimRef?.namespace === this.namespace)
  }

  async deleteClaims(names: readonly string[]): Promise<void> {
    const refs = names.map((name) => ({ ...CLAIM, namespace: this.namespace, name }))
    await Promise.all(refs.map((ref) => this.environment.kube.delete(ref, { signal: signal() })))
  }

  /** Waits until no volume of these claims is left. */
  async volumesGone(names: readonly string[], timeoutMs = 30_000): Promise<void> {
    const look = (volumes: readonly V1PersistentVolume[]): Observation<true> => {
      const left = volumes.filter(
        ({ spec }) => spec?.claimRef?.namespace === this.namespace && names.includes(spec.claimRef.name ?? ''),
      )
      const seen = `${left.length} left: ${left[0]?.metadata?.name} ${left[0]?.status?.phase}`
      return { seen, ...(left.length === 0 && { value: true }) }
    }
    await waitForAll(this.environment.kube, VOLUME, look, { what: 'volumes are gone', timeoutMs, signal: signal(timeoutMs) })
  }

  /** Deletes a claim and waits until its volume is gone as well. */
  async deleteWithVolume(name: string): Promise<void> {
    await this.deleteClaims([name])
    await this.volumesGone([name])
  }

  async volumePhase(name: string, phase: string): Promise<void> {
    const look = (volume: V1PersistentVolume | undefined): Observation<true> => {
      const seen = volume?.status?.phase ?? 'gone'
      return { seen, ...(seen === phase && { value: true }) }
    }
    const options = { what: `volume ${name} is ${phase}`, timeoutMs: 30_000, signal: signal() }
    await waitFor(this.environment.kube, { ...VOLUME, name }, look, options)
  }

  /**
   * Waits for the provisioner's event on an object (a claim, a volume) that says why something is refused. Kubernetes
   * gives events with the same reason: of a class that it has not seen yet, for one. @returns its message.
   */
  async refusal(object: string, reason = 'ProvisioningFailed'): Promise<string> {
    const look = (events: readonly CoreV1Event[]): Observation<string> => {
      const found = events.find((event) => event.reason === reason && event.source?.component?.startsWith(PROVISIONER_NAME))
      return { seen: events.map((event) => event.reason).join(', '), ...(found?.message && { value: found.message }) }
    }
    const query = { apiVersion: 'v1', kind: 'Event', fieldSelector: `involvedObject.name=${object}` }
    const options = { what: `event ${reason} of ${object}`, timeoutMs: 30_000, signal: signal() }
    return waitForAll(this.environment.kube, query, look, options)
  }

  /** Runs a shell script in the export, on its server. @returns what it prints. */
  async onExport(script: string): Promise<string> {
    const command = ['sh', '-ec', `cd /export; ${script}`]
    const { exitCode, stdout, stderr } = await this.environment.nfs.run(command, signal())
    if (exitCode !== 0) throw new Error(`${script} on the export exited with ${exitCode}: ${stderr}`)
    return stdout.trim()
  }

  /** The name of a volume's directory on the export. */
  directoryOf(volume: V1PersistentVolume): string {
    return volume.spec?.nfs?.path?.replace('/export/', '') ?? ''
  }

  /** All names on the export that have to do with these claims, hidden ones and all. */
  async directories(): Promise<string[]> {
    const entries = await this.environment.export.list('', signal())
    return (entries ?? []).map(({ name }) => name).filter((name) => name.includes(this.namespace) || name.startsWith('.'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { kube } = this.environment
    await kube.delete({ apiVersion: 'v1', kind: 'Namespace', name: this.namespace }, { signal: cleanupSignal() })
    await this.onExport(`rm -rf -- *${this.namespace}*`)
    for (const { metadata } of await this.volumes())
      await kube.delete({ ...VOLUME, name: metadata?.name ?? '' }, { signal: cleanupSignal() })
    for (const name of this.#classes) await kube.delete({ ...CLASS, name }, { signal: cleanupSignal() })
  }
}

/** The provisioner's Pods. */
export const PROVISIONER_PODS = {
  apiVersion: 'v1',
  kind: 'Pod',
  namespace: PROVISIONER.namespace,
  labelSelector: `app=${PROVISIONER.name}`,
}

export const signal = (timeoutMs = 60_000): AbortSignal => AbortSignal.timeout(timeoutMs)
