import { readFile, stat, writeFile } from 'node:fs/promises'
import type { KubernetesObject, V1ConfigMap } from '@kubernetes/client-node'
import { beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../scripts/kube/connect.ts'
import { loadManifests } from '../../scripts/kube/manifests.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import { ENV, statelab, statelabOk } from './harness.ts'

const kube = connect(ENV.kubeconfig)
const signal = new AbortController().signal

describe('an environment', () => {
  beforeAll(async () => {
    await statelabOk('up', '--name', ENV.name)
  })

  test('works, and status says so', async () => {
    const status = JSON.parse(await statelabOk('status', '--name', ENV.name, '-o', 'json'))
    expect(status).toMatchObject({
      schema: 1,
      name: ENV.name,
      cluster: { state: 'running', nodes: 2, kubernetes: 'v1.36.3', kubeconfig: ENV.kubeconfig },
      nfs: { state: 'running', export: '/export' },
      provisioner: { state: 'running', version: 'v4.0.2' },
      metricsServer: { state: expect.stringMatching(/^(starting|running)$/), version: 'v0.9.0' },
    })
  })

  test('is left alone by a second up: no object and no container changes', async () => {
    const before = await fingerprint()
    await statelabOk('up', '--name', ENV.name)
    expect(await fingerprint()).toEqual(before)
  })

  test('has an API server on loopback only, and a kubeconfig for its owner only', async () => {
    const { stdout } = await execaRunner.run('docker', ['port', `${ENV.cluster}-control-plane`, '6443/tcp'])
    expect(stdout).toMatch(/^127\.0\.0\.1:\d+$/)
    expect((await stat(ENV.kubeconfig)).mode & 0o777).toBe(0o600)
    expect((await stat(ENV.folder)).mode & 0o777).toBe(0o700)
  })

  test('publishes no port of the NFS server, which has no privileges beyond its list', async () => {
    const { stdout } = await execaRunner.run('docker', ['inspect', ENV.nfsContainer])
    const [{ HostConfig }] = JSON.parse(stdout) as [
      { HostConfig: { Privileged: boolean; PortBindings: object; CapDrop: string[]; CapAdd: string[] } },
    ]
    expect(HostConfig.Privileged).toBe(false)
    expect(HostConfig.PortBindings ?? {}).toEqual({})
    expect(HostConfig.CapDrop).toEqual(['ALL'])
    expect(HostConfig.CapAdd).not.toContain('SYS_ADMIN')
  })

  test('comes back after its NFS server was restarted: same address, volumes work', async () => {
    const address = async (): Promise<string> =>
      JSON.parse(await statelabOk('status', '--name', ENV.name, '-o', 'json')).nfs.server
    const before = await address()
    await execaRunner.run('docker', ['restart', ENV.nfsContainer])
    await statelabOk('up', '--name', ENV.name)
    expect(await address()).toBe(before)
    await statelabOk('run', 'redis-persistence', '--name', ENV.name)
  })

  test('survives pause and resume', async () => {
    await statelabOk('pause', '--name', ENV.name)
    const paused = JSON.parse(await statelabOk('status', '--name', ENV.name, '-o', 'json'))
    expect(paused.cluster.state).toBe('stopped')
    expect(paused.nfs.state).toBe('stopped')
    await statelabOk('resume', '--name', ENV.name)
    const resumed = JSON.parse(await statelabOk('status', '--name', ENV.name, '-o', 'json'))
    expect(resumed).toMatchObject({ cluster: { state: 'running' }, nfs: { state: 'running' }, provisioner: { state: 'running' } })
  })

  test('never uses a kubeconfig that leads elsewhere, and up writes its own again', async () => {
    const own = await readFile(ENV.kubeconfig, 'utf8')
    await writeFile(ENV.kubeconfig, own.replace(/server: .*/, 'server: https://127.0.0.1:1'))
    const lost = JSON.parse(await statelabOk('status', '--name', ENV.name, '-o', 'json'))
    expect(lost.cluster.state).toBe('unreachable')
    await statelabOk('up', '--name', ENV.name)
    expect(await readFile(ENV.kubeconfig, 'utf8')).toBe(own)
  })

  test('gives env lines that a shell can evaluate', async () => {
    const lines = await statelabOk('env', '--name', ENV.name)
    const { stdout } = await execaRunner.run('sh', ['-c', `${lines}\nprintf %s "$KUBECONFIG"`])
    expect(stdout).toBe(ENV.kubeconfig)
  })

  test('takes kubectl commands, and hands on their exit codes', async () => {
    expect(await statelabOk('kubectl', '--name', ENV.name, 'get', 'nodes', '-o', 'name')).toBe(
      `node/${ENV.cluster}-control-plane\nnode/${ENV.cluster}-worker`,
    )
    expect((await statelab('kubectl', '--name', ENV.name, 'get', 'no-such-kind')).exitCode).toBe(1)
  })
})

/** The versions of everything that `up` applies, and when each container was started. */
async function fingerprint(): Promise<Record<string, string | undefined>> {
  const folders = ['manifests/provisioner', 'manifests/metrics-server']
  const applied: KubernetesObject[] = (await Promise.all(folders.map(loadManifests))).flat()
  const mark: V1ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'statelab', namespace: 'kube-system' } }
  const versions = await Promise.all(
    [...applied, mark].map(async ({ apiVersion = '', kind = '', metadata }) => {
      const object = await kube.get({ apiVersion, kind, name: metadata?.name ?? '', namespace: metadata?.namespace }, signal)
      return [`${kind}/${metadata?.name}`, object?.metadata?.resourceVersion] as const
    }),
  )
  const names = [ENV.nfsContainer, `${ENV.cluster}-control-plane`, `${ENV.cluster}-worker`]
  const { stdout } = await execaRunner.run('docker', ['inspect', '--format', '{{.Id}} {{.State.StartedAt}}', ...names])
  return { ...Object.fromEntries(versions), containers: stdout }
}
