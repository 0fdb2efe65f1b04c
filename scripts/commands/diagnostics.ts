import type { CoreV1Event, V1Pod } from '@kubernetes/client-node'
import { ENVIRONMENT_LABEL, type Environment } from '../environment.ts'
import { messageOf } from '../errors.ts'
import type { Kube } from '../kube/kube.ts'
import type { CommandRunner } from '../process/command-runner.ts'
import type { Diagnostics } from './engine.ts'

const TAIL_LINES = 200
const EVENTS = 50
const PROVISIONER = {
  apiVersion: 'v1',
  kind: 'Pod',
  namespace: 'kube-system',
  labelSelector: 'app=nfs-client-provisioner',
} as const

/**
 * What a person needs to see when something is wrong. Looks at each part by itself: a part that cannot be looked at
 * says why in its own place, because that is often the finding.
 */
export async function collectDiagnostics(
  env: Environment,
  { runner, kube, signal }: { readonly runner: CommandRunner; readonly kube: Kube; readonly signal: AbortSignal },
): Promise<Diagnostics> {
  const [containers, nfs, provisioner, events] = await Promise.all([
    orWhy(signal, () => containerStates(env, runner, signal)),
    orWhy(signal, () => containerLog(env.nfsContainer, runner, signal)),
    orWhy(signal, () => provisionerLogs(kube, signal)),
    orWhy(signal, () => recentEvents(kube, signal)),
  ])
  return { containers, nfs, provisioner, events }
}

async function orWhy(signal: AbortSignal, look: () => Promise<string[]>): Promise<string[]> {
  try {
    return await look()
  } catch (error) {
    signal.throwIfAborted()
    return [messageOf(error)]
  }
}

async function containerStates(env: Environment, runner: CommandRunner, signal: AbortSignal): Promise<string[]> {
  const filters = [`io.x-k8s.kind.cluster=${env.cluster}`, `${ENVIRONMENT_LABEL}=${env.name}`]
  const format = '{{.Names}}\t{{.Status}}\t{{.Image}}'
  const lists = await Promise.all(
    filters.map((label) => runner.run('docker', ['ps', '--all', '--filter', `label=${label}`, '--format', format], { signal })),
  )
  return [...new Set(lists.flatMap(({ stdout }) => stdout.split('\n').filter((line) => line !== '')))]
}

async function containerLog(container: string, runner: CommandRunner, signal: AbortSignal): Promise<string[]> {
  const { stdout, stderr } = await runner.run('docker', ['logs', '--tail', String(TAIL_LINES), container], { signal })
  return [stdout, stderr].flatMap((text) => text.split('\n')).filter((line) => line !== '')
}

async function provisionerLogs(kube: Kube, signal: AbortSignal): Promise<string[]> {
  const pods = await kube.list<V1Pod>(PROVISIONER, signal)
  const logs = pods.map(async ({ metadata, status }) => {
    const name = metadata?.name ?? ''
    const log = await orWhy(signal, async () =>
      (await kube.logs({ namespace: PROVISIONER.namespace, name, tailLines: TAIL_LINES }, signal)).split('\n'),
    )
    return [`${name} ${status?.phase ?? ''}`, ...log.filter((line) => line !== '')]
  })
  return (await Promise.all(logs)).flat()
}

async function recentEvents(kube: Kube, signal: AbortSignal): Promise<string[]> {
  const events = await kube.list<CoreV1Event>({ apiVersion: 'v1', kind: 'Event' }, signal)
  return events
    .map((event) => ({ event, at: timeOf(event) }))
    .sort((a, b) => a.at.localeCompare(b.at))
    .slice(-EVENTS)
    .map(({ event, at }) => {
      const { namespace, kind, name } = event.involvedObject
      return `${at}  ${event.type}  ${namespace ?? '-'} ${kind}/${name}  ${event.reason}: ${(event.message ?? '').replaceAll('\n', ' ')}`
    })
}

/** Objects come as the API sends them: times are text, whatever their declared type says. */
function timeOf({ lastTimestamp, eventTime, metadata }: CoreV1Event): string {
  const time: unknown = lastTimestamp ?? eventTime ?? metadata.creationTimestamp
  return time instanceof Date ? time.toISOString() : String(time ?? '')
}
