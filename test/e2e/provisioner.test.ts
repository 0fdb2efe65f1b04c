import type { V1Deployment, V1PersistentVolume } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labEnvironment } from '../../scripts/commands/lab-environment.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import { PROVISIONER } from '../../scripts/provision/provisioner.ts'
import { Claims, type Parameters, signal } from './claims.ts'
import { ENV, statelabOk } from './harness.ts'

const environment = labEnvironment(ENV, execaRunner)
let claims: Claims
beforeAll(async () => {
  await statelabOk('up', '--name', ENV.name)
  claims = await Claims.create(environment)
})
afterAll(async () => claims[Symbol.asyncDispose]())

/** A volume with a file in it, of a class with these parameters. @returns the directory's name. */
async function withFile(name: string, parameters: Parameters): Promise<string> {
  await claims.storageClass(name, parameters)
  const directory = claims.directoryOf(await claims.volumeFor(name))
  await claims.onExport(`echo precious > ${directory}/file`)
  return directory
}

const isThere = async (path: string): Promise<boolean> =>
  (await claims.onExport(`[ -e '${path}' ] && echo yes || echo no`)) === 'yes'

/** What holds for upstream's provisioner as well: a learner can take the YAML anywhere. */
describe('a provisioner that is compatible with nfs-subdir-external-provisioner v4', () => {
  test('is told by environment variables of upstream names where the share is', async () => {
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', ...PROVISIONER }
    const deployment = await environment.kube.get<V1Deployment>(ref, signal())
    const [container] = deployment?.spec?.template.spec?.containers ?? []
    const given = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]))
    expect(given).toMatchObject({
      PROVISIONER_NAME: 'k8s-sigs.io/nfs-subdir-external-provisioner',
      NFS_SERVER: await environment.nfs.address(signal()),
      NFS_PATH: '/export',
    })
  })

  test('makes a directory for a claim and describes it in a volume', async () => {
    const options = { reclaimPolicy: 'Retain', mountOptions: ['noatime'] }
    await claims.storageClass('described', { archiveOnDelete: 'false' }, options)
    const volume = await claims.volumeFor('described', 'described', {
      accessModes: ['ReadWriteMany', 'ReadOnlyMany'],
      resources: { requests: { storage: '123Mi' } },
    })
    const name = volume.metadata?.name ?? ''
    expect(name).toMatch(/^pvc-[-0-9a-f]{36}$/)
    expect(volume.spec).toMatchObject({
      capacity: { storage: '123Mi' },
      accessModes: ['ReadWriteMany', 'ReadOnlyMany'],
      storageClassName: claims.nameOf('described'),
      persistentVolumeReclaimPolicy: 'Retain',
      mountOptions: ['noatime'],
      nfs: { server: await environment.nfs.address(signal()), path: `/export/${claims.namespace}-described-${name}` },
    })
    expect(volume.metadata?.annotations?.['pv.kubernetes.io/provisioned-by']).toBe('k8s-sigs.io/nfs-subdir-external-provisioner')
    expect(await claims.onExport(`stat -c '%F %a' ${claims.directoryOf(volume)}`)).toBe('directory 777')

    await claims.deleteClaims(['described'])
    await claims.volumePhase(name, 'Released')
    expect(await isThere(claims.directoryOf(volume))).toBe(true)
  })

  test.concurrent.for<[name: string, parameters: Parameters, left: (directory: string) => string | undefined]>([
    ['default', {}, (directory) => `archived-${directory}`],
    ['archive', { archiveOnDelete: 'true' }, (directory) => `archived-${directory}`],
    ['no-archive', { archiveOnDelete: 'false' }, () => undefined],
    ['delete', { onDelete: 'delete' }, () => undefined],
    ['retain', { onDelete: 'retain' }, (directory) => directory],
    ['delete-beats-archive', { onDelete: 'delete', archiveOnDelete: 'true' }, () => undefined],
    ['retain-beats-no-archive', { onDelete: 'retain', archiveOnDelete: 'false' }, (directory) => directory],
    ['empty-is-unset', { onDelete: '', archiveOnDelete: 'false' }, () => undefined],
  ])('disposes of a deleted volume as the parameters say: %s', async ([name, parameters, left]) => {
    const directory = await withFile(name, parameters)
    await claims.deleteWithVolume(name)
    const kept = left(directory)
    for (const place of [directory, `archived-${directory}`]) expect(await isThere(place)).toBe(place === kept)
    if (kept !== undefined) expect(await claims.onExport(`cat ${kept}/file`)).toBe('precious')
  })

  test('reads the StorageClass when the volume is deleted, not when it was made', async () => {
    const directory = await withFile('changed', { archiveOnDelete: 'false' })
    await claims.storageClass('changed', { archiveOnDelete: 'true' })
    await claims.deleteWithVolume('changed')
    expect(await isThere(`archived-${directory}/file`)).toBe(true)
  })

  test('takes a directory that is missing at deletion for deleted', async () => {
    const directory = await withFile('missing', { archiveOnDelete: 'true' })
    await claims.onExport(`rm -r ${directory}`)
    await claims.deleteWithVolume('missing')
    expect(await isThere(`archived-${directory}`)).toBe(false)
  })

  test('refuses a claim with a selector', async () => {
    await claims.storageClass('selector', {})
    await claims.claim('selector', 'selector', { selector: { matchLabels: { a: 'b' } } })
    expect(await claims.refusal('selector')).toContain('claim Selector is not supported')
  })

  test('names the directory by the pathPattern, and the archive by the directory', async () => {
    const pathPattern = '${.PVC.namespace}-x-${.PVC.name}-${.PVC.labels.app}-${.PVC.annotations.example.com/team}'
    await claims.storageClass('pattern', { pathPattern, archiveOnDelete: 'true' })
    const about = { labels: { app: 'redis' }, annotations: { 'example.com/team': 'blue' } }
    const volume = await claims.volumeFor('pattern', 'pattern', about)
    const directory = `${claims.namespace}-x-pattern-redis-blue`
    expect(claims.directoryOf(volume)).toBe(directory)
    expect(await claims.onExport(`stat -c %a ${directory}`)).toBe('777')
    await claims.deleteWithVolume('pattern')
    expect([await isThere(directory), await isThere(`archived-${directory}`)]).toEqual([false, true])
  })
})

/** Where upstream's provisioner deletes or shares what is not the claim's, ours refuses. */
describe('a provisioner that is better than upstream where that one is dangerous', () => {
  const at = (path: string) => ({ annotations: { path } })
  /** A path that belongs to this run. */
  const own = (path: string): string => `${claims.namespace}-${path}`
  const isOurs = (volume: V1PersistentVolume): boolean =>
    Object.keys(volume.metadata?.annotations ?? {}).some((name) => name.startsWith('nfs-provisioner.statelab.dev/'))

  beforeAll(async () => {
    await claims.storageClass('path', { pathPattern: '${.PVC.annotations.path}', onDelete: 'delete' })
    // Known only once it runs, so that whoever has upstream's image sees these as failed and knows why.
    const volume = await claims.volumeFor('whose', 'path', at(own('whose')))
    expect(isOurs(volume), 'this is not the provisioner of images/nfs-provisioner').toBe(true)
    await claims.deleteWithVolume('whose')
  })

  test.concurrent.for<[name: string, path: string, message: string]>([
    ['empty', '', 'must not be empty'],
    ['blank', '  ', 'must not be empty'],
    ['dot', '.', 'must not contain "."'],
    ['dots', '..', 'must not contain ".."'],
    ['root', 'a/..', 'must not contain ".."'],
    ['outside', '../../etc', 'must not contain ".."'],
    ['absolute', '/etc', 'must be relative'],
    ['long', 'a'.repeat(256), 'has 256 bytes'],
    ['reserved', '.provisioning-pvc-1', 'the provisioner uses itself'],
  ])('says to a learner why a path is refused: %s', async ([name, path, message]) => {
    await claims.claim(`path-${name}`, 'path', at(path))
    expect(await claims.refusal(`path-${name}`)).toContain(message)
    await claims.deleteClaims([`path-${name}`])
  })

  test.concurrent.for<[name: string, parameters: Parameters, message: string]>([
    ['unknown-name', { ondelete: 'retain' }, 'unknown parameter "ondelete"'],
    ['unknown-value', { onDelete: 'keep' }, 'onDelete "keep"'],
    ['no-truth-value', { archiveOnDelete: 'maybe' }, 'archiveOnDelete "maybe"'],
    ['unknown-variable', { pathPattern: '${.PVC.uid}' }, 'unknown variable ${.PVC.uid}'],
  ])('says to a learner why a parameter is refused: %s', async ([name, parameters, message]) => {
    await claims.storageClass(name, parameters)
    await claims.claim(name)
    expect(await claims.refusal(name)).toContain(message)
    await claims.deleteClaims([name])
  })

  test('gives the directory of a living claim to no other, and to the next when it is free', async () => {
    await claims.volumeFor('first', 'path', at(own('shared')))
    await claims.onExport(`echo mine > ${own('shared')}/file`)
    await claims.claim('second', 'path', at(own('shared')))
    await claims.claim('inside', 'path', at(`${own('shared')}/inside`))
    expect(await claims.refusal('second')).toContain(`of claim ${claims.namespace}/first`)
    expect(await claims.refusal('inside')).toContain(`of claim ${claims.namespace}/first`)
    await claims.deleteClaims(['inside'])
    expect(await claims.onExport(`cat ${own('shared')}/file`)).toBe('mine')

    await claims.deleteWithVolume('first')
    await claims.bound(['second'])
    await claims.deleteWithVolume('second')
    expect(await isThere(own('shared'))).toBe(false)
  })

  test('uses a directory that it finds, and leaves it', async () => {
    await claims.onExport(`mkdir -p ${own('found')}; echo precious > ${own('found')}/file`)
    await claims.volumeFor('found', 'path', at(own('found')))
    await claims.deleteWithVolume('found')
    expect(await claims.onExport(`cat ${own('found')}/file`)).toBe('precious')
  })

  test('keeps what a volume made by hand uses as well, and says so', async () => {
    const volume = await claims.volumeFor('protected', 'path', at(own('protected')))
    const byHand: V1PersistentVolume = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: own('by-hand') },
      spec: {
        capacity: { storage: '1Mi' },
        accessModes: ['ReadWriteMany'],
        nfs: { server: volume.spec?.nfs?.server ?? '', path: `/export/${own('protected')}` },
      },
    }
    await environment.kube.apply([byHand], { signal: signal() })
    await claims.deleteClaims(['protected'])
    expect(await claims.refusal(volume.metadata?.name ?? '', 'VolumeFailedDelete')).toContain(own('by-hand'))
    expect(await isThere(own('protected'))).toBe(true)
    await environment.kube.delete({ apiVersion: 'v1', kind: 'PersistentVolume', name: own('by-hand') }, { signal: signal() })
    await claims.volumesGone(['protected'])
    expect(await isThere(own('protected'))).toBe(false)
  })

  test('removes the directories above a volume with the last volume below them', async () => {
    await claims.volumeFor('nested-a', 'path', at(`${own('team')}/x/a`))
    await claims.volumeFor('nested-b', 'path', at(`${own('team')}/b`))
    await claims.deleteWithVolume('nested-a')
    expect([await isThere(`${own('team')}/x`), await isThere(`${own('team')}/b`)]).toEqual([false, true])
    await claims.deleteWithVolume('nested-b')
    expect(await isThere(own('team'))).toBe(false)
  })
})
