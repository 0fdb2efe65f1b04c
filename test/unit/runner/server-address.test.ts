import type { V1PersistentVolume } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import { solveLab } from '../../../scripts/runner/solve-lab.ts'
import { startLab } from '../../../scripts/runner/start-lab.ts'
import { FakeNfsMachine } from '../../helpers/fake-nfs-machine.ts'
import { FakeNodes } from '../../helpers/fake-nodes.ts'
import { labFixture, scripted, task, text } from '../../helpers/lab-fixture.ts'

const VOLUME = `apiVersion: v1
kind: PersistentVolume
metadata:
  name: data
spec:
  nfs:
    server: $NFS_SERVER
    path: /export/data
`
const REF = { apiVersion: 'v1', kind: 'PersistentVolume', name: 'data' }
const TASKS = [task('one', scripted('a', true))]

describe('$NFS_SERVER', () => {
  test('is the address of the server in manifests of the start', async () => {
    await using fixture = await labFixture({}, { 'start/volume.yaml': VOLUME })
    await startLab(fixture.lab, fixture.context)
    expect(fixture.kube.peek<V1PersistentVolume>(REF)?.spec?.nfs).toEqual({ server: '10.0.0.10', path: '/export/data' })
  })

  test('is the address in what a step applies, and in the command that does the same', async () => {
    const solution = [{ apply: 'volume.yaml', why: text('A volume') }]
    await using fixture = await labFixture({ tasks: TASKS, solution }, { 'solution/volume.yaml': VOLUME })
    await startLab(fixture.lab, fixture.context)
    const [step] = await solveLab(fixture.lab, fixture.context)
    expect(step?.command).toBe("sed 's/$NFS_SERVER/10.0.0.10/' labs/10-try/solution/volume.yaml | kubectl -n lab-try apply -f -")
    expect(fixture.kube.peek<V1PersistentVolume>(REF)?.spec?.nfs?.server).toBe('10.0.0.10')
  })

  test('is the address in what runs on a node', async () => {
    const nodes = new FakeNodes()
    const command = ['mount', '-t', 'nfs', '$NFS_SERVER:/export', '/mnt/x']
    const solution = [{ onNode: { node: 'worker' as const, command }, why: text('A mount') }]
    await using fixture = await labFixture({ tasks: TASKS, solution }, {}, { nodes })
    await startLab(fixture.lab, fixture.context)
    const [step] = await solveLab(fixture.lab, fixture.context)
    expect(nodes.calls).toEqual(['run worker mount -t nfs 10.0.0.10:/export /mnt/x'])
    expect(step?.command).toBe('docker exec worker mount -t nfs 10.0.0.10:/export /mnt/x')
  })
})

describe('onServer', () => {
  const solution = [{ onServer: { command: ['mkdir', '/export/data'] }, why: text('A directory') }]

  test("runs a program on the server's machine", async () => {
    const nfs = new FakeNfsMachine()
    await using fixture = await labFixture({ tasks: TASKS, solution }, {}, { nfs })
    await startLab(fixture.lab, fixture.context)
    const [step] = await solveLab(fixture.lab, fixture.context)
    expect(nfs.calls).toEqual(['mkdir /export/data'])
    expect(step?.command).toBe('docker exec nfs mkdir /export/data')
  })

  test('fails with what the program said', async () => {
    const nfs = new FakeNfsMachine()
    nfs.onRun = () => ({ exitCode: 1, stdout: '', stderr: 'File exists' })
    await using fixture = await labFixture({ tasks: TASKS, solution }, {}, { nfs })
    await startLab(fixture.lab, fixture.context)
    await expect(solveLab(fixture.lab, fixture.context)).rejects.toMatchObject({
      code: 'operation-failed',
      message: expect.stringContaining('File exists'),
    })
  })
})
