import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CAPABILITIES } from '../../../scripts/nfs/definition.ts'
import { dockerExportView } from '../../../scripts/nfs/docker-export-view.ts'
import { ensureNfsServer, readNfsServer, removeNfsServer } from '../../../scripts/nfs/server.ts'
import { execaRunner } from '../../../scripts/process/execa-runner.ts'
import { docker } from './nfs-client.ts'
import { NfsLab, signal } from './nfs-lab.ts'

let lab: NfsLab
beforeAll(async () => {
  lab = await NfsLab.withServer()
})
afterAll(async () => lab[Symbol.asyncDispose]())

const idOf = async (): Promise<string> => docker('inspect', '--format', '{{.Id}} {{.State.StartedAt}}', lab.env.nfsContainer)
const writeOnServer = (text: string): Promise<string> =>
  docker('exec', lab.env.nfsContainer, 'sh', '-c', 'printf %s "$1" > /export/kept', 'sh', text)
const kept = (): Promise<string | undefined> => dockerExportView(execaRunner, lab.env).read('kept', signal())

describe('the NFS server', () => {
  it('answers at the address it was given', async () => {
    expect(await readNfsServer(lab.env, signal())).toEqual({ state: 'running', address: lab.network.nfsAddress })
  })

  it('is not touched when it is as it should be', async () => {
    const before = await idOf()
    const running = await ensureNfsServer(lab.env, lab.serverOptions())
    expect(running).toEqual({ address: lab.network.nfsAddress, exportPath: '/export' })
    expect(await idOf()).toBe(before)
  })

  it('shows its export to a client', async () => {
    await using client = await lab.client()
    expect(await client.output(`showmount -e ${lab.network.nfsAddress}`)).toMatch(
      new RegExp(`^/export\\s+${lab.network.subnet}$`, 'm'),
    )
  })

  it('comes back after docker restart with its address and its files', async () => {
    await writeOnServer('before the restart')
    await docker('restart', lab.env.nfsContainer)
    await expect.poll(() => readNfsServer(lab.env, signal())).toEqual({ state: 'running', address: lab.network.nfsAddress })
    expect(await kept()).toBe('before the restart')
  })

  it('comes back after it was killed', async () => {
    await docker('kill', lab.env.nfsContainer)
    expect((await readNfsServer(lab.env, signal())).state).toBe('stopped')
    await lab.ensureServer()
    expect((await readNfsServer(lab.env, signal())).state).toBe('running')
  })

  it('goes on after it was paused', async () => {
    await docker('pause', lab.env.nfsContainer)
    expect((await readNfsServer(lab.env, signal())).state).toBe('stopped')
    await lab.ensureServer()
    expect((await readNfsServer(lab.env, signal())).state).toBe('running')
  })

  it('is healthy to Docker; when it hangs that is known within seconds, and it is replaced', async () => {
    const health = (): Promise<string> => docker('inspect', '--format', '{{.State.Health.Status}}', lab.env.nfsContainer)
    await expect.poll(health, { timeout: 15_000 }).toBe('healthy')
    await docker('kill', '--signal', 'STOP', lab.env.nfsContainer)
    const startedAt = performance.now()
    expect((await readNfsServer(lab.env, signal())).state).toBe('unhealthy')
    expect(performance.now() - startedAt).toBeLessThan(8_000)
    await lab.ensureServer()
    expect((await readNfsServer(lab.env, signal())).state).toBe('running')
  })

  it('is replaced when its definition changed, and its files stay', async () => {
    await writeOnServer('before the replacement')
    const address = lab.network.nfsAddress.replace(/\.\d+$/, '.11')
    await ensureNfsServer(lab.env, { ...lab.serverOptions(), address })
    expect(await readNfsServer(lab.env, signal())).toEqual({ state: 'running', address })
    expect(await kept()).toBe('before the replacement')
    await lab.ensureServer()
  })

  it('is replaced when its server does not answer, and its files stay', async () => {
    await writeOnServer('before the fault')
    const killPortMapper = 'for p in /proc/[0-9]*; do grep -q rpcbind $p/comm && kill ${p#/proc/}; done; true'
    await docker('exec', '--user', '_rpc', lab.env.nfsContainer, 'sh', '-c', killPortMapper)
    await expect.poll(async () => (await readNfsServer(lab.env, signal())).state).toBe('unhealthy')
    await lab.ensureServer()
    expect((await readNfsServer(lab.env, signal())).state).toBe('running')
    expect(await kept()).toBe('before the fault')
  })

  it('stops in a second', async () => {
    const startedAt = performance.now()
    await docker('stop', lab.env.nfsContainer)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    await lab.ensureServer()
  })

  it('holds no capability beyond its list', async () => {
    const status = await docker('exec', lab.env.nfsContainer, 'cat', '/proc/1/status')
    const effective = Number.parseInt(/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '', 16)
    const numbers = { CHOWN: 0, DAC_OVERRIDE: 1, DAC_READ_SEARCH: 2, FOWNER: 3, FSETID: 4, SETGID: 6, SETUID: 7 } as const
    expect(effective).toBe(CAPABILITIES.reduce((mask, capability) => mask | (1 << numbers[capability]), 0))
  })

  it('leaves nothing when starting is interrupted', async () => {
    await removeNfsServer(lab.env, signal())
    const interrupted = ensureNfsServer(lab.env, { ...lab.serverOptions(), signal: AbortSignal.timeout(300) })
    await expect(interrupted).rejects.toThrow('aborted')
    expect(await readNfsServer(lab.env, signal())).toEqual({ state: 'absent' })
  })

  it('is removed with its files, and removing nothing says so', async () => {
    await lab.ensureServer()
    expect(await removeNfsServer(lab.env, signal())).toBe(true)
    expect(await docker('volume', 'ls', '--quiet', '--filter', `name=${lab.env.nfsVolume}`)).toBe('')
    expect(await removeNfsServer(lab.env, signal())).toBe(false)
  })

  it('refuses to run for nobody', async () => {
    const run = execaRunner.run('docker', ['run', '--rm', '--network', 'none', lab.serverOptions().image])
    await expect(run).rejects.toThrow('EXPORT_CLIENTS is not set')
  })

  it('does not touch a container of the same name that is not its own', async () => {
    await docker('create', '--name', lab.env.nfsContainer, '--network', 'none', lab.serverOptions().image)
    await expect(ensureNfsServer(lab.env, lab.serverOptions())).rejects.toThrow('does not belong to environment')
    await expect(removeNfsServer(lab.env, signal())).rejects.toThrow('does not belong to environment')
    await docker('rm', '--force', '--volumes', lab.env.nfsContainer)
  })
})
