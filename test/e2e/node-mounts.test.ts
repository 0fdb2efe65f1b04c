import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { labEnvironment } from '../../scripts/commands/lab-environment.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import { removeNodePaths } from '../../scripts/runner/remove-node-paths.ts'
import { ENV, statelabOk } from './harness.ts'

const { nodes, nfs } = labEnvironment(ENV, execaRunner)
const { signal } = new AbortController()
const worker = `${ENV.cluster}-worker`
const GUARDED = '/export/guarded'

/** The export is everybody's data: a deletion on a node must never reach it. */
describe('removeNodePaths', () => {
  beforeAll(async () => {
    await statelabOk('up', '--name', ENV.name)
    await onServer(`mkdir -p ${GUARDED}/sub && echo keep > ${GUARDED}/file`)
    return () => onServer(`rm -rf ${GUARDED}`)
  })

  afterEach(() => onWorker('while umount -l /mnt/guard 2>/dev/null; do :; done; rm -rf --one-file-system /mnt/guard'))

  test('unmounts what is mounted at a path, one on another and inside of each other, and removes only the path', async () => {
    const address = await nfs.address(signal)
    await onWorker('mkdir -p /mnt/guard')
    await onWorker(`mount -t nfs ${address}:/export /mnt/guard`)
    await onWorker(`mount -t nfs ${address}:${GUARDED} /mnt/guard/guarded/sub`)
    await onWorker(`mount -t nfs ${address}:${GUARDED} /mnt/guard`)
    await removeNodePaths(['/mnt/guard/', '/mnt/never-made'], { nodes }, signal)
    expect(await onWorker('findmnt -rno TARGET | grep /mnt/guard; ls -d /mnt/guard 2>/dev/null; true')).toBe('')
    expect(await onServer(`cat ${GUARDED}/file`)).toBe('keep')
  })

  test('refuses a path that lies on a mount', async () => {
    await onWorker(`mkdir -p /mnt/guard && mount -t nfs ${await nfs.address(signal)}:/export /mnt/guard`)
    await expect(removeNodePaths(['/mnt/guard/guarded'], { nodes }, signal)).rejects.toThrow(
      '/mnt/guard is on an NFS server: unmount it first',
    )
    expect(await onServer(`cat ${GUARDED}/file`)).toBe('keep')
  })

  test('removes what is on the node itself', async () => {
    await onWorker('mkdir -p /mnt/guard/sub && echo x > /mnt/guard/sub/file')
    await removeNodePaths(['/mnt/guard'], { nodes }, signal)
    expect(await onWorker('ls -d /mnt/guard 2>/dev/null; true')).toBe('')
  })
})

async function onWorker(script: string): Promise<string> {
  return succeeded(await nodes.run(worker, ['sh', '-c', script], signal))
}

async function onServer(script: string): Promise<string> {
  return succeeded(await nfs.run(['sh', '-c', script], signal))
}

function succeeded({ exitCode, stdout, stderr }: { exitCode: number; stdout: string; stderr: string }): string {
  expect(exitCode, stderr).toBe(0)
  return stdout
}
