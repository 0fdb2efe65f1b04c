import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubernetesObject, V1DaemonSet } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { environment } from '../../../scripts/environment.ts'
import { applyPodNetwork } from '../../../scripts/provision/pod-network.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'
import { FakeRunner } from '../../helpers/fake-runner.ts'

const MANIFEST = join(import.meta.dirname, '..', '..', '..', 'manifests', 'network', 'default-cni.yaml')
const { signal } = new AbortController()

class RecordingKube extends FakeKube {
  readonly applied: KubernetesObject[] = []
  override async apply(
    objects: readonly KubernetesObject[],
    options: { namespace?: string; signal: AbortSignal },
  ): Promise<void> {
    this.applied.push(...objects)
    await super.apply(objects, options)
  }
}

async function applied(manifest: string) {
  const kube = new RecordingKube()
  const runner = new FakeRunner(() => manifest)
  await applyPodNetwork(kube, environment('t'), { runner, podSubnet: '10.250.0.0/16', signal })
  const daemonSet = kube.applied.find(({ kind }) => kind === 'DaemonSet') as V1DaemonSet
  return {
    commands: runner.commands,
    kinds: kube.applied.map(({ kind }) => kind),
    env: daemonSet.spec?.template.spec?.containers[0]?.env,
  }
}

describe('applyPodNetwork', () => {
  it('applies what the control plane’s image holds', async () => {
    const { commands, kinds } = await applied(await readFile(MANIFEST, 'utf8'))
    expect(commands).toEqual(['docker exec t-control-plane cat /kind/manifests/default-cni.yaml'])
    expect(kinds).toEqual(['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'DaemonSet'])
  })

  it('fills in the Pod subnet and the API server’s own address, as kind does', async () => {
    const { env } = await applied(await readFile(MANIFEST, 'utf8'))
    expect(env).toContainEqual({ name: 'POD_SUBNET', value: '10.250.0.0/16' })
    expect(env).toContainEqual({ name: 'CONTROL_PLANE_ENDPOINT', value: 't-control-plane:6443' })
  })

  it('adds no address to a manifest that does not ask for it', async () => {
    const text = (await readFile(MANIFEST, 'utf8')).replace('would you kindly patch this file', '')
    expect((await applied(text)).env?.map(({ name }) => name)).not.toContain('CONTROL_PLANE_ENDPOINT')
  })
})
