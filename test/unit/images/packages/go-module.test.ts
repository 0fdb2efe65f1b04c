import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deriveModule } from '../../../../scripts/images/packages/go-module.ts'
import { FakeRunner } from '../../../helpers/fake-runner.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statelab-module-'))
  await writeFile(join(folder, 'go.mod'), 'module x\n')
  await writeFile(join(folder, 'go.sum'), 'sums\n')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const MODULE = {
  Replace: [
    { Old: { Path: 'k8s.io/api' }, New: { Path: 'k8s.io/api', Version: 'v0.36.3' } },
    { Old: { Path: 'k8s.io/kubectl' }, New: { Path: 'k8s.io/kubectl', Version: 'v0.36.3' } },
    { Old: { Path: 'example.com/patched' }, New: { Path: '../patched' } },
    { Old: { Path: 'example.com/other' }, New: { Path: 'example.com/fork', Version: 'v1.2.3' } },
  ],
}

describe('deriveModule', () => {
  it('asks for that Kubernetes, with every staging module at its release and all else as it was', async () => {
    const runner = new FakeRunner((command) => (command.includes('-json') ? JSON.stringify(MODULE) : undefined))
    const file = join(folder, 'derived.mod')
    const options = { module: folder, pinned: 'v1.36.3', kubernetes: 'v1.36.1', file, signal: new AbortController().signal }
    await deriveModule(runner, options)
    expect(runner.commands).toEqual([
      `go mod edit -json ${file}`,
      `go mod edit -require=k8s.io/kubernetes@v1.36.1 -replace=k8s.io/api=k8s.io/api@v0.36.1 -replace=k8s.io/kubectl=k8s.io/kubectl@v0.36.1 ${file}`,
    ])
  })

  it('works on a copy, with its checksums where go looks for them', async () => {
    const runner = new FakeRunner((command) => (command.includes('-json') ? JSON.stringify(MODULE) : undefined))
    const file = join(folder, 'derived.mod')
    await deriveModule(runner, {
      module: folder,
      pinned: 'v1.36.3',
      kubernetes: 'v1.36.1',
      file,
      signal: new AbortController().signal,
    })
    expect(await readFile(file, 'utf8')).toBe('module x\n')
    expect(await readFile(join(folder, 'derived.sum'), 'utf8')).toBe('sums\n')
  })
})
