import type { V1Namespace, V1PersistentVolume } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import { cleanLab, resetLab } from '../../../scripts/runner/clean-lab.ts'
import { labState, labStates, recordPassed } from '../../../scripts/runner/lab-state.ts'
import { startLab } from '../../../scripts/runner/start-lab.ts'
import { CONFIG_MAP, labFixture, type LabFixture, readyPod } from '../../helpers/lab-fixture.ts'

const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', name: 'lab-try' }
const START = { 'start/20-b.yaml': CONFIG_MAP.replace('settings', 'second'), 'start/10-a.yaml': CONFIG_MAP }

function stateOf({ kube, lab, context }: LabFixture) {
  return labState(kube, lab, context.signal)
}

function volume(name: string, policy: 'Delete' | 'Retain', phase = 'Bound'): V1PersistentVolume {
  const claimRef = { namespace: 'lab-try', name }
  const nfs = { server: '10.0.0.1', path: `/export/lab-try-${name}-pv-${name}` }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pv-${name}`, annotations: { 'pv.kubernetes.io/provisioned-by': 'try' } },
    spec: { claimRef, nfs, persistentVolumeReclaimPolicy: policy },
    status: { phase },
  }
}

describe('startLab', () => {
  test('makes the namespace, with its lab and its state on it, and applies the start manifests in order', async () => {
    await using fixture = await labFixture({}, START)
    expect(await stateOf(fixture)).toBe('untouched')
    await startLab(fixture.lab, fixture.context)
    expect(fixture.kube.calls).toEqual([
      'apply Namespace lab-try',
      'apply ConfigMap settings',
      'apply ConfigMap second',
      'patch Namespace lab-try',
    ])
    expect(fixture.kube.peek<V1Namespace>(NAMESPACE)?.metadata).toMatchObject({
      labels: { 'dev.statelab.lab': 'try', 'pod-security.kubernetes.io/enforce': 'baseline' },
      annotations: { 'dev.statelab.state': 'started' },
    })
    expect(fixture.kube.peek({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'lab-try', name: 'settings' })).toBeDefined()
    expect(await stateOf(fixture)).toBe('started')
    expect(await labStates(fixture.kube, fixture.context.signal)).toEqual(new Map([['try', 'started']]))
  })

  test('may be repeated: a passed lab stays passed, and what was repaired stays repaired', async () => {
    await using fixture = await labFixture({}, START)
    const settings = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'lab-try', name: 'settings' }
    await startLab(fixture.lab, fixture.context)
    await recordPassed(fixture.kube, fixture.lab, fixture.context.signal)
    await fixture.kube.delete(settings, { signal: fixture.context.signal })
    await startLab(fixture.lab, fixture.context)
    expect(await stateOf(fixture)).toBe('passed')
    expect(fixture.kube.peek(settings)).toBeUndefined()
  })

  test('makes a start that was cut off whole', async () => {
    await using fixture = await labFixture({}, START)
    const { kube, lab, context } = fixture
    const apply = kube.apply.bind(kube)
    kube.apply = (objects, options) =>
      objects.some(({ kind }) => kind === 'ConfigMap') ? Promise.reject(new Error('cut off')) : apply(objects, options)
    await expect(startLab(lab, context)).rejects.toThrow('cut off')
    kube.apply = apply
    await startLab(lab, context)
    expect(kube.peek({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'lab-try', name: 'settings' })).toBeDefined()
  })

  test('waits for a namespace that is ending', async () => {
    await using fixture = await labFixture({})
    const { kube } = fixture
    kube.put({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: 'lab-try',
        labels: { 'dev.statelab.lab': 'try' },
        annotations: { 'dev.statelab.state': 'passed' },
        deletionTimestamp: new Date(),
      },
    })
    expect(await stateOf(fixture)).toBe('untouched')
    const starting = startLab(fixture.lab, fixture.context)
    await expect.poll(() => kube.watches).toBe(1)
    expect(kube.calls).toEqual([])
    kube.remove(NAMESPACE)
    await starting
    expect(await stateOf(fixture)).toBe('started')
  })

  test("leaves somebody else's namespace alone, as cleaning does", async () => {
    await using fixture = await labFixture({})
    fixture.kube.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab-try' } })
    for (const operation of [startLab, cleanLab]) {
      await expect(operation(fixture.lab, fixture.context)).rejects.toMatchObject({
        code: 'operation-failed',
        message: expect.stringContaining('was not made by statelab'),
      })
    }
    expect(fixture.kube.calls).toEqual([])
  })
})

describe('cleanLab', () => {
  /** A namespace that ends once its contents are deleted, and a provisioner that deletes volumes whose policy says so. */
  function playControllers({ kube, directories }: LabFixture): void {
    kube.onDelete = (ref) => {
      if (ref.kind === 'Namespace') {
        const namespace = kube.peek<V1Namespace>(ref)
        kube.put({ ...namespace, metadata: { ...namespace?.metadata, deletionTimestamp: new Date() } })
        setTimeout(() => kube.remove(ref), 20)
        return
      }
      kube.remove(ref)
      if (ref.kind !== 'PersistentVolumeClaim') return
      const pv = { apiVersion: 'v1', kind: 'PersistentVolume', name: `pv-${ref.name}` }
      const found = kube.peek<V1PersistentVolume>(pv)
      kube.put({ ...found, status: { phase: 'Released' } } as V1PersistentVolume)
      if (found?.spec?.persistentVolumeReclaimPolicy !== 'Delete') return
      setTimeout(() => {
        directories.splice(directories.indexOf(`lab-try-${ref.name}-pv-${ref.name}`), 1)
        kube.remove(pv)
      }, 10)
    }
  }

  function fill({ kube, directories }: LabFixture, policy: 'Delete' | 'Retain'): void {
    kube.put(readyPod('a'))
    kube.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'lab-try' } })
    kube.put(volume('data', policy))
    directories.push('lab-try-data-pv-data', 'lab-try-other-pv-other', 'archived-lab-try-other-pv-other')
  }

  test('removes namespace, Pods, claims and volumes, and waits until they are gone', async () => {
    await using fixture = await labFixture({}, START)
    await startLab(fixture.lab, fixture.context)
    fill(fixture, 'Delete')
    playControllers(fixture)
    await cleanLab(fixture.lab, fixture.context)
    expect(fixture.kube.calls.filter((call) => call.startsWith('delete'))).toEqual([
      'delete Namespace lab-try',
      'delete PersistentVolumeClaim data',
      'delete Pod a',
    ])
    expect(fixture.kube.peek(NAMESPACE)).toBeUndefined()
    expect(fixture.directories).toEqual(['lab-try-other-pv-other', 'archived-lab-try-other-pv-other'])
    expect(fixture.kube.watches).toBe(0)
  })

  test('deletes volumes that are retained, and their directories, and no other directory', async () => {
    const removed: string[] = []
    await using fixture = await labFixture({}, {}, { removeDirectory: async (directory) => void removed.push(directory) })
    await startLab(fixture.lab, fixture.context)
    fill(fixture, 'Retain')
    playControllers(fixture)
    await cleanLab(fixture.lab, fixture.context)
    expect(fixture.kube.calls.at(-1)).toBe('delete PersistentVolume pv-data')
    expect(removed).toEqual(['lab-try-data-pv-data'])
  })

  test('removes the directories of volumes that went before, archived ones included, but no other lab’s', async () => {
    const removed: string[] = []
    await using fixture = await labFixture({}, {}, { removeDirectory: async (directory) => void removed.push(directory) })
    await startLab(fixture.lab, fixture.context)
    fixture.kube.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab-try-harder' } })
    const volumeName = 'pvc-36eb44fb-d72c-4012-87a3-e2645d52f692'
    const ours = [`lab-try-data-${volumeName}`, `archived-lab-try-data-${volumeName}`]
    fixture.directories.push(...ours, `lab-try-harder-data-${volumeName}`, `lab-tryst-data-${volumeName}`, 'lab-try-notes')
    playControllers(fixture)
    await cleanLab(fixture.lab, fixture.context)
    expect(removed).toEqual(ours)
  })

  test('deletes the volumes of a class that is the lab’s own: its provisioner went with the lab', async () => {
    await using fixture = await labFixture({ owns: { objects: [{ kind: 'StorageClass', name: 'own' }] } })
    await startLab(fixture.lab, fixture.context)
    const made = volume('x', 'Delete')
    fixture.kube.put({ ...made, spec: { ...made.spec, storageClassName: 'own' }, status: { phase: 'Released' } })
    playControllers(fixture)
    await cleanLab(fixture.lab, fixture.context)
    expect(fixture.kube.calls).toContain('delete PersistentVolume pv-x')
  })

  test('goes on with volumes whose namespace an earlier cleaning has removed', async () => {
    await using fixture = await labFixture({})
    fixture.kube.put({ ...volume('x', 'Retain'), status: { phase: 'Released' } })
    playControllers(fixture)
    await cleanLab(fixture.lab, fixture.context)
    expect(fixture.kube.calls).toContain('delete PersistentVolume pv-x')
  })

  test('names a directory that stays behind', async () => {
    await using fixture = await labFixture({})
    await startLab(fixture.lab, fixture.context)
    fill(fixture, 'Retain')
    playControllers(fixture)
    await expect(cleanLab(fixture.lab, fixture.context)).rejects.toThrow(
      'the directory lab-try-data-pv-data is still on the export',
    )
  })

  test('waits for volumes of this namespace only', async () => {
    await using fixture = await labFixture({})
    await startLab(fixture.lab, fixture.context)
    playControllers(fixture)
    fixture.kube.put({
      ...volume('x', 'Delete'),
      spec: { claimRef: { namespace: 'lab-try-harder', name: 'x' } },
    } as V1PersistentVolume)
    await cleanLab(fixture.lab, fixture.context)
  })

  test('removes directories that are all that an earlier cleaning has left', async () => {
    const removed: string[] = []
    await using fixture = await labFixture({}, {}, { removeDirectory: async (directory) => void removed.push(directory) })
    const directory = 'lab-try-data-pvc-36eb44fb-d72c-4012-87a3-e2645d52f692'
    fixture.directories.push(directory)
    await cleanLab(fixture.lab, fixture.context)
    expect(removed).toEqual([directory])
    expect(fixture.events.at(-1)).toMatchObject({ outcome: 'done', detail: `export directory ${directory}` })
  })

  test('a lab that was not started is clean already', async () => {
    await using fixture = await labFixture({})
    await cleanLab(fixture.lab, fixture.context)
    expect(fixture.kube.calls).toEqual([])
    expect(fixture.events.at(-1)).toMatchObject({ outcome: 'skipped', detail: 'nothing there' })
  })

  test('resetLab comes back to the state after start', async () => {
    await using fixture = await labFixture({}, START)
    await startLab(fixture.lab, fixture.context)
    await recordPassed(fixture.kube, fixture.lab, fixture.context.signal)
    fixture.kube.put(readyPod('a'))
    playControllers(fixture)
    await resetLab(fixture.lab, fixture.context)
    expect(await stateOf(fixture)).toBe('started')
    expect(fixture.kube.peek({ apiVersion: 'v1', kind: 'Pod', namespace: 'lab-try', name: 'a' })).toBeUndefined()
  })
})
