import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { PROJECT } from '../../../scripts/commands/project.ts'
import { stateFolder } from '../../../scripts/environment.ts'
import { type ImageLock, loadImageLock } from '../../../scripts/images/lock.ts'
import { type Plan, resolvePlan } from '../../../scripts/images/packages/plan.ts'
import { execaRunner } from '../../../scripts/process/execa-runner.ts'

const signal = AbortSignal.timeout(10 * 60_000)

let lock: ImageLock
let plan: Plan
beforeAll(async () => {
  const loaded = await loadImageLock(join(PROJECT.root, 'manifests', 'images.lock.yaml'))
  lock = loaded
  plan = await resolvePlan({ root: PROJECT.root, cacheFolder: join(stateFolder(), 'cache'), lock: loaded })
})

/** What a program in an image prints. */
async function output(context: string, [program = '', ...args]: readonly string[]): Promise<string> {
  const tag = plan.tags.get(context)
  if (tag === undefined) throw new Error(`the image ${context} is not built`)
  const run = ['run', '--rm', '--network', 'none', '--entrypoint', program, tag, ...args]
  const { stdout, stderr } = await execaRunner.run('docker', run, { signal })
  return `${stdout}\n${stderr}`
}

const versionOf = (context: string): string => lock.images.find((image) => image.context === context)?.version ?? 'none'

describe('the programs in the images report the version of the lock file', () => {
  test.each([
    ['redis', ['redis-server', '--version']],
    ['nginx', ['nginx', '-v']],
    ['coredns', ['coredns', '-version']],
  ])('%s', async (context, command) => {
    expect(await output(context, command)).toContain(versionOf(context).replace(/^v/, ''))
  })

  test.each(['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'])('%s', async (program) => {
    expect(await output('kube', [program, '--version'])).toContain(`Kubernetes ${lock.kubernetes.default}`)
  })

  test('etcd', async () => {
    const reference = lock.images.flatMap(({ references }) => references).find((each) => each.includes('/etcd:'))
    const [, version = 'none'] = /:(\d+\.\d+\.\d+)/.exec(reference ?? '') ?? []
    expect(await output('kube', ['etcd', '--version'])).toContain(`etcd Version: ${version}`)
  })
})
