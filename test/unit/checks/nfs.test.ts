import type { V1PersistentVolume, V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node'
import { beforeEach, describe, expect, test } from 'vitest'
import type { CheckContext } from '../../../scripts/checks/check.ts'
import { claimVolume, type VolumeExpectation } from '../../../scripts/checks/claim-volume.ts'
import { exportDirectory } from '../../../scripts/checks/export-directory.ts'
import { exportFile } from '../../../scripts/checks/export-file.ts'
import { nodeMount } from '../../../scripts/checks/node-mount.ts'
import { podsApart } from '../../../scripts/checks/pods-apart.ts'
import { type Fate, reclaimed } from '../../../scripts/checks/reclaim.ts'
import type { ExportEntry } from '../../../scripts/nfs/export-view.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'
import { FakeNodes } from '../../helpers/fake-nodes.ts'

const NAMESPACE = 'lab-try'
const VOLUME = 'pvc-36eb44fb-d72c-4012-87a3-e2645d52f692'
const DIRECTORY = `${NAMESPACE}-data-${VOLUME}`

let kube: FakeKube
let nodes: FakeNodes
let context: CheckContext
/** Files of the export by path; a path that ends with a slash is an empty directory. */
let files: Record<string, string>

beforeEach(() => {
  kube = new FakeKube()
  nodes = new FakeNodes()
  files = {}
  context = {
    kube,
    nodes,
    export: { list, read: async (file) => files[file], command: (path) => `ls /export/${path}` },
    namespace: NAMESPACE,
    language: 'en',
    signal: new AbortController().signal,
    progress: () => {},
  }
})

async function list(directory: string): Promise<ExportEntry[] | undefined> {
  const prefix = directory === '' ? '' : `${directory}/`
  const below = Object.keys(files).filter((path) => path.startsWith(prefix) && path !== prefix)
  if (below.length === 0 && directory !== '' && files[prefix] === undefined) return undefined
  const names = new Map(
    below.map((path) => path.slice(prefix.length)).map((rest) => [rest.split('/')[0] ?? '', rest.includes('/')]),
  )
  return [...names].map(([name, isDirectory]) => ({
    name,
    kind: isDirectory ? 'directory' : 'file',
    mode: 0o777,
    sizeBytes: 0,
    modifiedAt: new Date(0),
  }))
}

function putClaim(volumeName = VOLUME): void {
  const claim: V1PersistentVolumeClaim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: NAMESPACE },
    spec: { volumeName },
    status: { phase: 'Bound' },
  }
  kube.put(claim)
}

function putVolume(path: string, annotations: Record<string, string> = { 'pv.kubernetes.io/provisioned-by': 'mine' }): void {
  const volume: V1PersistentVolume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: VOLUME, annotations },
    spec: {
      nfs: { server: '10.0.0.10', path },
      capacity: { storage: '10Mi' },
      persistentVolumeReclaimPolicy: 'Delete',
      claimRef: { namespace: NAMESPACE, name: 'data' },
    },
    status: { phase: 'Bound' },
  }
  kube.put(volume)
}

describe('exportDirectory and exportFile of a name', () => {
  test('are met by a directory and a file that are there', async () => {
    files = { '100m-pv/a.txt': 'hello-world\n', 'x.txt': 'hello' }
    expect(await exportDirectory({ directory: '100m-pv' }).run(context)).toMatchObject({ met: true })
    expect(await exportFile({ directory: '100m-pv', file: 'a.txt', contains: 'hello-world' }).run(context)).toMatchObject({
      met: true,
      evidence: [{ command: 'ls /export/100m-pv/a.txt' }],
    })
    expect(await exportFile({ directory: '', file: 'x.txt', contains: 'hello' }).run(context)).toMatchObject({ met: true })
  })

  test('are refused by none, by a file in place of a directory, and by another text', async () => {
    files = { '100m-pv': 'a file', 'other/a.txt': 'bye' }
    expect(await exportDirectory({ directory: '100m-pv' }).run(context)).toMatchObject({
      met: false,
      message: 'NFS export: expected 100m-pv, saw no such directory',
    })
    expect(await exportFile({ directory: '', file: 'x.txt' }).run(context)).toMatchObject({ met: false })
    expect(await exportFile({ directory: 'other', file: 'a.txt', contains: 'hello' }).run(context)).toMatchObject({ met: false })
  })
})

describe('exportDirectory of a claim whose provisioner has a directory of its own', () => {
  const check = exportDirectory({ claim: 'data', under: 'by-hand' })
  beforeEach(() => putClaim())

  test('is met where the volume is below that one', async () => {
    putVolume(`/export/by-hand/${DIRECTORY}`)
    files = { [`by-hand/${DIRECTORY}/`]: '' }
    expect(await check.run(context)).toMatchObject({ met: true })
  })

  test.each([
    ['at the root of the export', `/export/${DIRECTORY}`, `${DIRECTORY}/`],
    ['where the path names another', `/export/missing/${DIRECTORY}`, `by-hand/${DIRECTORY}/`],
    ['outside of the export', `/srv/by-hand/${DIRECTORY}`, `by-hand/${DIRECTORY}/`],
  ])('is refused %s', async (_, path, file) => {
    putVolume(path)
    files = { [file]: '' }
    expect(await check.run(context)).toMatchObject({ met: false })
  })
})

describe('claimVolume', () => {
  const all: VolumeExpectation = { madeBy: 'mine', reclaimPolicy: 'Delete', capacity: '10240Ki' }

  test('is met by the volume of the claim with all of this', async () => {
    putClaim()
    putVolume(`/export/${DIRECTORY}`)
    expect(await claimVolume('data', all).run(context)).toMatchObject({
      met: true,
      message: `PV ${VOLUME}: made by mine, Delete, 10Mi`,
    })
  })

  test.each<[VolumeExpectation, string]>([
    [{ madeBy: 'other' }, 'expected made by other, saw made by mine'],
    [{ reclaimPolicy: 'Retain' }, 'expected Retain, saw Delete'],
    [{ capacity: '5Mi' }, 'expected 5Mi, saw 10Mi'],
  ])('is refused by what differs from %j', async (wanted, message) => {
    putClaim()
    putVolume(`/export/${DIRECTORY}`)
    expect(await claimVolume('data', wanted).run(context)).toMatchObject({ met: false, message: `PV ${VOLUME}: ${message}` })
  })

  test('is refused by a volume that was made by hand, and by none', async () => {
    expect(await claimVolume('data', all).run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('saw none yet'),
    })
    putClaim()
    putVolume(`/export/${DIRECTORY}`, {})
    expect(await claimVolume('data', all).run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('saw made by hand'),
    })
  })
})

describe('nodeMount', () => {
  const check = nodeMount({ node: 'worker', path: '/mnt/x' })
  const found = (stdout: string): void => {
    nodes.onRun = (node) => ({ exitCode: stdout === '' ? 1 : 0, stdout: node === 'worker' ? stdout : '', stderr: '' })
  }

  test.each(['10.0.0.10:/export fuse.nfs', '10.0.0.10:/export nfs4', 'tmpfs tmpfs\nnfs:/export nfs'])(
    'is met by %j',
    async (stdout) => {
      found(stdout)
      expect(await check.run(context)).toMatchObject({ met: true })
    },
  )

  test.each(['', 'tmpfs tmpfs', '10.0.0.10:/export/100m-pv nfs', 'x:/export ext4', '10.0.0.10:/export nfs\ntmpfs tmpfs'])(
    'is refused by %j',
    async (stdout) => {
      found(stdout)
      expect(await check.run(context)).toMatchObject({ met: false })
    },
  )
})

describe('podsApart', () => {
  const put = (name: string, nodeName?: string): void => {
    const pod: V1Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: NAMESPACE }, spec: { containers: [] } }
    kube.put(nodeName === undefined ? pod : { ...pod, spec: { containers: [], nodeName } })
  }

  test.each([
    ['two nodes', 'worker', 'control-plane', true],
    ['one node', 'worker', 'worker', false],
    ['a Pod without a node', 'worker', undefined, false],
    ['two without', undefined, undefined, false],
  ])('looks at %s', async (_, first, second, met) => {
    put('a', first)
    put('b', second)
    expect(await podsApart('a', 'b').run(context)).toMatchObject({ met })
  })
})

describe('reclaimed', () => {
  const check = (directory: Fate) => reclaimed('data', { directory, file: { name: 'a.txt', contains: 'hello' } })

  test.each<[Fate, Record<string, string>]>([
    ['deleted', { [`${NAMESPACE}-data-2-${VOLUME}/`]: '' }],
    ['kept', { [`${DIRECTORY}/a.txt`]: 'hello' }],
    ['archived', { [`archived-${DIRECTORY}/a.txt`]: 'hello' }],
  ])('is met by a directory that was %s', async (fate, present) => {
    files = present
    expect(await check(fate).run(context)).toMatchObject({ met: true })
  })

  test.each<[Fate, Record<string, string>]>([
    ['deleted', { [`${DIRECTORY}/`]: '' }],
    ['deleted', { [`archived-${DIRECTORY}/`]: '' }],
    ['kept', {}],
    ['kept', { [`archived-${DIRECTORY}/a.txt`]: 'hello' }],
    ['kept', { [`${DIRECTORY}/`]: '' }],
    ['kept', { [`${DIRECTORY}/a.txt`]: 'bye' }],
    ['archived', {}],
    ['archived', { [`${DIRECTORY}/a.txt`]: 'hello' }],
  ])('is refused as %s with %j on the server', async (fate, present) => {
    files = present
    expect(await check(fate).run(context)).toMatchObject({ met: false })
  })

  test('is refused while the claim or its volume is there', async () => {
    files = {}
    putVolume(`/export/${DIRECTORY}`)
    expect(await check('deleted').run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining(`saw PV ${VOLUME} Bound`),
    })
    putClaim()
    expect(await check('deleted').run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('saw the PVC is Bound'),
    })
  })
})
