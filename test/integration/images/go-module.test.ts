import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadImageLock } from '../../../scripts/images/lock.ts'
import { deriveModule } from '../../../scripts/images/packages/go-module.ts'
import { GO_PROGRAMS } from '../../../scripts/images/packages/go-programs.ts'
import { execaRunner } from '../../../scripts/process/execa-runner.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const IMAGES = join(ROOT, 'images')
const signal = AbortSignal.timeout(10 * 60_000)
const KUBERNETES = 'v1.36.1'

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statelab-module-'))
  file = join(folder, 'derived.mod')
  const { kubernetes } = await loadImageLock(join(ROOT, 'manifests', 'images.lock.yaml'))
  await deriveModule(execaRunner, { module: IMAGES, pinned: kubernetes.default, kubernetes: KUBERNETES, file, signal })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the module of another Kubernetes release', () => {
  test('resolves for every program, with all of Kubernetes at that release, and leaves the project’s own alone', {
    timeout: 8 * 60_000,
  }, async () => {
    const own = await Promise.all(['go.mod', 'go.sum'].map((name) => readFile(join(IMAGES, name), 'utf8')))
    const format = '{{with .Module}}{{.Path}} {{with .Replace}}{{.Version}}{{else}}{{.Version}}{{end}}{{end}}'
    const args = ['list', `-modfile=${file}`, '-mod=mod', '-deps', '-f', format, ...Object.values(GO_PROGRAMS)]
    const { stdout } = await execaRunner.run('go', args, { cwd: IMAGES, signal, env: { CGO_ENABLED: '0' } })
    const versions = new Map(stdout.split('\n').map((line) => line.split(' ') as [string, string]))
    expect(versions.get('k8s.io/kubernetes')).toBe(KUBERNETES)
    for (const name of ['api', 'apimachinery', 'apiserver', 'client-go', 'component-base', 'kubectl', 'kubelet', 'kube-proxy']) {
      expect([name, versions.get(`k8s.io/${name}`)]).toEqual([name, 'v0.36.1'])
    }
    expect(versions.get('sigs.k8s.io/kind')).toBe((await loadImageLock(join(ROOT, 'manifests', 'images.lock.yaml'))).kind.version)
    expect(await Promise.all(['go.mod', 'go.sum'].map((name) => readFile(join(IMAGES, name), 'utf8')))).toEqual(own)
  })

  test('has the checksums that were missing, each from the checksum database', async () => {
    const sums = await readFile(join(folder, 'derived.sum'), 'utf8')
    expect(sums).toMatch(/^k8s\.io\/kubernetes v1\.36\.1 h1:\S+$/m)
    expect(sums).toMatch(/^k8s\.io\/client-go v0\.36\.1 h1:\S+$/m)
  })
})
