import { setTimeout as delay } from 'node:timers/promises'
import type { V1Pod } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labEnvironment } from '../../scripts/commands/lab-environment.ts'
import { waitFor } from '../../scripts/kube/wait-for.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import { poll } from '../../scripts/wait/poll.ts'
import { Claims } from './claims.ts'
import { ENV, statelabOk } from './harness.ts'

const environment = labEnvironment(ENV, execaRunner)
const { nodes } = environment
const { signal } = new AbortController()
const NODE = `${ENV.cluster}-worker`
const KILLS = 20
/** Ten deaths within ten seconds end a mount, for good reason. */
const BETWEEN_KILLS_MS = 1_200

let claims: Claims
let volume: string

beforeAll(async () => {
  await statelabOk('up', '--name', ENV.name)
  claims = await Claims.create(environment)
  await claims.storageClass('redis', {})
  volume = (await claims.volumeFor('redis')).metadata?.name ?? ''
  await environment.kube.apply([redisPod(claims.namespace)], { signal })
  await podReady()
})
afterAll(() => claims[Symbol.asyncDispose]())

describe('a Redis that fsyncs every write on a dynamic volume', () => {
  test(`goes on while the process behind its mount is killed ${KILLS} times, and keeps all that it acknowledged`, async () => {
    const writer = '(redis-cli -r 100000000 INCR n > /tmp/answers 2>&1 & echo $! > /tmp/writer)'
    await inPod(writer)
    let worker = await workerOf(volume)
    for (let kill = 0; kill < KILLS; kill++) {
      await onNode(`kill -KILL ${worker}`)
      worker = await workerOf(volume, worker)
      await delay(BETWEEN_KILLS_MS)
    }
    const [last = '', odd = ''] = (await inPod(STOP_WRITER)).split('\n')
    expect(odd).toBe('0')
    expect(Number(last)).toBeGreaterThan(KILLS)

    await inPod('kill -KILL $(pidof redis-server)')
    await podReady(1)
    expect(Number(await inPod('redis-cli GET n'))).toBeGreaterThanOrEqual(Number(last))
  }, 120_000)
})

/** Prints the last number that was acknowledged, and how many answers were no number. */
const STOP_WRITER = `kill $(cat /tmp/writer)
tail -1 /tmp/answers
grep -vc '^[0-9]*$' /tmp/answers || true`

function redisPod(namespace: string): V1Pod {
  // The first process of a container cannot be killed from inside.
  const command = ['sh', '-c', 'redis-server --dir /data --appendonly yes --appendfsync always & wait $!']
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'redis', namespace },
    spec: {
      nodeName: NODE,
      containers: [
        {
          name: 'redis',
          image: 'redis:7.0',
          command,
          readinessProbe: { tcpSocket: { port: 6379 }, periodSeconds: 1 },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'redis' } }],
    },
  }
}

/** Waits until the Pod is ready, after so many restarts of its container. */
async function podReady(restarts = 0): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace: claims.namespace, name: 'redis' }
  const look = (pod: V1Pod | undefined) => {
    const [container] = pod?.status?.containerStatuses ?? []
    const seen = `${container?.restartCount ?? 0} restarts, ready: ${container?.ready ?? false}`
    return { seen, ...(container?.ready && container.restartCount >= restarts && { value: true }) }
  }
  await waitFor(environment.kube, ref, look, { what: 'Redis is ready', timeoutMs: 60_000, signal })
}

/** The process that serves the volume's mount, once it is another than the one that died. */
async function workerOf(name: string, died = ''): Promise<string> {
  const read = async () => {
    const pid = await onNode(`pgrep -f '^([^ ]*/)?mount.nfs-fuse .*${name}' || true`)
    return { seen: `process ${pid || 'none'}`, ...(/^\d+$/.test(pid) && pid !== died && { value: pid }) }
  }
  return poll(read, { what: `a process serves ${name}`, intervalMs: 50, timeoutMs: 30_000, signal })
}

async function inPod(script: string): Promise<string> {
  const kubectl = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', '--namespace', claims.namespace]
  const command = [...kubectl, 'exec', 'redis', '--', 'sh', '-c', script]
  return succeeded(await nodes.run(`${ENV.cluster}-control-plane`, command, signal))
}

async function onNode(script: string): Promise<string> {
  return succeeded(await nodes.run(NODE, ['sh', '-c', script], signal))
}

function succeeded({ exitCode, stdout, stderr }: { exitCode: number; stdout: string; stderr: string }): string {
  expect(exitCode, stderr).toBe(0)
  return stdout.trim()
}
