import { describe, expect, test } from 'vitest'
import { remainsOf } from '../../../scripts/runner/remains.ts'
import { type LabFixture, labFixture } from '../../helpers/lab-fixture.ts'

function remains({ lab, context }: LabFixture): Promise<string[]> {
  return remainsOf(lab, context.environment, context.signal)
}

describe('remainsOf', () => {
  test('nothing is left of a lab that was never there', async () => {
    await using fixture = await labFixture({
      owns: { objects: [{ kind: 'StorageClass', name: 'own' }] },
    })
    fixture.directories.push('lab-other-data-pvc-1')
    expect(await remains(fixture)).toEqual([])
  })

  test('finds namespace, volumes, directories and what the lab owns elsewhere', async () => {
    const owns = { objects: [{ kind: 'StorageClass', name: 'own' }], exportDirectories: ['own-directory'] }
    await using fixture = await labFixture({ owns })
    const { kube, directories } = fixture
    kube.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab-try' } })
    const spec = { claimRef: { namespace: 'lab-try' } }
    kube.put({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pvc-1' }, spec } as never)
    kube.put({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'own' } })
    directories.push('lab-try-data-pvc-1', 'archived-lab-try-data-pvc-2', 'own-directory')
    expect(await remains(fixture)).toEqual([
      'Namespace lab-try',
      'PersistentVolume pvc-1',
      'export directory lab-try-data-pvc-1',
      'export directory archived-lab-try-data-pvc-2',
      'export directory own-directory',
      'StorageClass own',
    ])
  })

  test("takes no other lab's directory for its own, though the names begin alike", async () => {
    await using fixture = await labFixture({})
    fixture.kube.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab-try-harder' } })
    fixture.directories.push('lab-try-harder-data-pvc-1', 'lab-tryout-data-pvc-2', 'lab-try-data-pvc-3')
    expect(await remains(fixture)).toEqual(['export directory lab-try-data-pvc-3'])
  })

  test('finds what is on a node’s disk', async () => {
    const nodes = {
      list: async () => [{ name: 'node-1', role: 'worker' as const, running: true }],
      run: async (_: string, command: readonly string[]) => ({
        exitCode: command.includes('/tmp/left') ? 0 : 1,
        stdout: '',
        stderr: '',
      }),
    }
    await using fixture = await labFixture({ owns: { nodePaths: ['/tmp/left', '/tmp/gone'] } }, {}, { nodes: nodes as never })
    expect(await remains(fixture)).toEqual(['node-1:/tmp/left'])
  })
})
