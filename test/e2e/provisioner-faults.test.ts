import type { V1Deployment, V1Pod } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labEnvironment } from '../../scripts/commands/lab-environment.ts'
import { waitFor, waitForAll } from '../../scripts/kube/wait-for.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import { PROVISIONER } from '../../scripts/provision/provisioner.ts'
import type { Observation } from '../../scripts/wait/poll.ts'
import { Claims, PROVISIONER_PODS, signal } from './claims.ts'
import { ENV, statelabOk } from './harness.ts'

const AT_ONCE = 100
const CYCLES = 500
const MIB = 1024
/** The machine that runs the tests may be busy with anything; alone it does what is promised. */
const BUSY_FACTOR = 5

const environment = labEnvironment(ENV, execaRunner)
const { kube } = environment
let claims: Claims
beforeAll(async () => {
  await statelabOk('up', '--name', ENV.name)
  claims = await Claims.create(environment)
  await claims.storageClass('nested', { pathPattern: `${claims.namespace}-team/\${.PVC.name}/data`, onDelete: 'delete' })
  await claims.storageClass('plain', { archiveOnDelete: 'false' })
})
afterAll(async () => claims[Symbol.asyncDispose]())

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
const claimAll = (wanted: readonly string[], storageClass: string): Promise<unknown> =>
  Promise.all(wanted.map((name) => claims.claim(name, storageClass)))

/** Waits until nothing of the namespace's claims is on the export, records of unfinished work included. */
async function nothingLeft(): Promise<void> {
  await expect.poll(() => claims.directories(), { timeout: 15_000 }).toEqual([])
}

async function provisionerPod(): Promise<V1Pod> {
  const look = (pods: readonly V1Pod[]): Observation<V1Pod> => {
    const ready = pods.find(({ metadata, status }) => !metadata?.deletionTimestamp && status?.containerStatuses?.[0]?.ready)
    return { seen: pods.map(({ status }) => status?.phase).join(', ') || 'none', ...(ready && { value: ready }) }
  }
  return waitForAll(kube, PROVISIONER_PODS, look, { what: 'the provisioner runs', timeoutMs: 60_000, signal: signal() })
}

/** Runs a shell script on the provisioner's node, with its process as $pid. */
async function atProcess(script: string): Promise<string> {
  const pod = await provisionerPod()
  // The image has nothing but the program; either image calls it so.
  const found = `pid=$(pgrep -f '^/nfs-[a-z-]*provisioner$') && ${script}`
  const { exitCode, stdout, stderr } = await environment.nodes.run(pod.spec?.nodeName ?? '', ['sh', '-c', found], signal())
  expect(exitCode, stderr).toBe(0)
  return stdout.trim()
}

describe('the provisioner', () => {
  test('refuses to serve the root of a server, and the Pod says why', async () => {
    const deployment = await kube.get<V1Deployment>({ apiVersion: 'apps/v1', kind: 'Deployment', ...PROVISIONER }, signal())
    const container = deployment?.spec?.template.spec?.containers[0]
    const env = [
      { name: 'NFS_SERVER', value: 'nfs-server.example' },
      { name: 'NFS_PATH', value: '/' },
    ]
    const pod: V1Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'root-of-a-server', namespace: claims.namespace },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        containers: [
          {
            name: 'provisioner',
            image: container?.image ?? '',
            env,
            ...(container?.terminationMessagePolicy && { terminationMessagePolicy: container.terminationMessagePolicy }),
          },
        ],
      },
    }
    await kube.apply([pod], { signal: signal() })
    const look = (seen: V1Pod | undefined): Observation<string> => {
      const ended = seen?.status?.containerStatuses?.[0]?.state?.terminated
      return { seen: seen?.status?.phase ?? 'none', ...(ended && { value: `${ended.exitCode} ${ended.message}` }) }
    }
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace: claims.namespace, name: 'root-of-a-server' }
    const ended = await waitFor(kube, ref, look, { what: 'it gives up', timeoutMs: 60_000, signal: signal() })
    expect(ended).toMatch(/^2 .*NFS_PATH is .*the root of a server is not accepted/s)
  })

  test(`binds ${AT_ONCE} claims that are made at once within a minute`, async ({ annotate }) => {
    const wanted = names('many', AT_ONCE)
    const startedAt = performance.now()
    await claimAll(wanted, 'plain')
    const volumes = await claims.bound(wanted, 60_000)
    const tookMs = performance.now() - startedAt
    expect(volumes.size).toBe(AT_ONCE)
    expect(tookMs).toBeLessThan(60_000)
    await annotate(`${AT_ONCE} claims bound after ${(tookMs / 1000).toFixed(1)} s`)
    expect((await claims.directories()).filter((name) => !name.startsWith('.'))).toHaveLength(AT_ONCE)
    await claims.deleteClaims(wanted)
    await claims.volumesGone(wanted, 60_000)
    await nothingLeft()
  })

  test(`leaves neither directory nor volume after ${CYCLES} cycles of create, write and delete`, async ({ annotate }) => {
    const startedAt = performance.now()
    for (let batch = 0; batch < CYCLES / AT_ONCE; batch++) {
      const wanted = names(`cycle-${batch}`, AT_ONCE)
      await claimAll(wanted, batch % 2 === 0 ? 'plain' : 'nested')
      const volumes = await claims.bound(wanted, 60_000)
      const files = wanted.map((name) => `${claims.directoryOf(volumes.get(name) ?? {})}/file`)
      await claims.onExport(files.map((file) => `echo data > ${file}`).join('\n'))
      await claims.deleteClaims(wanted)
      await claims.volumesGone(wanted, 60_000)
    }
    expect(await claims.volumes()).toEqual([])
    await annotate(`${CYCLES} cycles took ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    await nothingLeft()
  })

  test('has never needed more than 64 MiB', async ({ annotate }) => {
    const peakKib = Number(await atProcess("awk '/^VmHWM/ { print $2 }' /proc/$pid/status"))
    await annotate(`peak of the provisioner's memory: ${(peakKib / MIB).toFixed(1)} MiB`)
    expect(peakKib).toBeGreaterThan(0)
    expect(peakKib).toBeLessThanOrEqual(64 * MIB)
  })

  test.each([1, 2, 3])('killed while it makes volumes leaves nothing behind of claims that are gone: round %i', async (round) => {
    const wanted = names(`killed-${round}`, 20)
    const claimed = claimAll(wanted, 'nested')
    const { metadata } = await provisionerPod()
    await atProcess('kill -9 $pid')
    await claimed
    await claims.deleteClaims(wanted)
    // A new Pod starts at once, a container that ended again and again only after a while.
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace: PROVISIONER.namespace, name: metadata?.name ?? '' }
    await kube.delete(ref, { gracePeriodSeconds: 0, signal: signal() })
    await provisionerPod()
    await claims.volumesGone(wanted)
    await nothingLeft()
  })

  test('answers again within seconds of being killed', async ({ annotate }) => {
    const before = await provisionerPod()
    const restarts = before.status?.containerStatuses?.[0]?.restartCount ?? 0
    await claims.claim('warm', 'plain')
    await claims.bound(['warm'])
    const killedAt = performance.now()
    await atProcess('kill -9 $pid')
    await claims.claim('restarted', 'plain')
    await claims.bound(['restarted'])
    const boundMs = performance.now() - killedAt
    expect(boundMs).toBeLessThan(BUSY_FACTOR * 2_000)
    const container = (await provisionerPod()).status?.containerStatuses?.[0]
    expect(container?.restartCount).toBe(restarts + 1)
    await annotate(`a claim is bound ${(boundMs / 1000).toFixed(1)} s after the provisioner was killed`)
    await claims.deleteClaims(['warm', 'restarted'])
    await claims.volumesGone(['warm', 'restarted'])
  })
})
