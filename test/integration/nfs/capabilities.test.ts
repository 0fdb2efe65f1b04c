import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CAPABILITIES } from '../../../scripts/nfs/definition.ts'
import { seccompProfile } from '../../../scripts/nfs/seccomp.ts'
import { execaRunner } from '../../../scripts/process/execa-runner.ts'
import { docker, type NfsClient } from './nfs-client.ts'
import { NfsLab, sourceOf } from './nfs-lab.ts'

let lab: NfsLab
let client: NfsClient
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statelab-seccomp-'))
  await writeFile(join(folder, 'seccomp.json'), seccompProfile())
  lab = await NfsLab.create()
  client = await lab.client()
})
afterAll(async () => {
  await lab[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

type Capability = (typeof CAPABILITIES)[number]

/** What only works with the capability, as a client's root (or user 999) does it in /mnt/a. */
const USES: Readonly<Record<Exclude<Capability, 'SETUID' | 'SETGID'>, readonly [what: string, script: string]>> = {
  CHOWN: ['giving a file to its user', 'touch owned && chown 999:999 owned'],
  DAC_OVERRIDE: ["root's work in a user's directory", 'mkdir theirs && chown 999:999 theirs && touch mine && mv mine theirs/'],
  DAC_READ_SEARCH: ['finding a file by its handle', 'ls'],
  FOWNER: ["changing the mode of a user's file", 'touch file && chown 999:999 file && chmod 600 file'],
  FSETID: [
    'set-group-ID directories',
    'mkdir group && chown 0:999 group && chmod 2775 group && [ "$(stat -c %a group)" = 2775 ]',
  ],
}

async function startWith(capabilities: readonly Capability[]): Promise<string> {
  const added = capabilities.flatMap((capability) => ['--cap-add', capability])
  const security = ['--security-opt', 'no-new-privileges', '--security-opt', `seccomp=${join(folder, 'seccomp.json')}`]
  return lab.runServer('--cap-drop', 'ALL', ...added, ...security)
}

async function answers(server: string): Promise<boolean> {
  const { exitCode } = await execaRunner.run('docker', ['exec', server, 'nfs-ready'], { allow: 'any' })
  return exitCode === 0
}

async function works(server: string, script: string): Promise<boolean> {
  const { exitCode } = await client.run(`mount -t nfs ${await sourceOf(server)} /mnt/a || exit 1
    trap 'cd /; umount /mnt/a' EXIT
    mkdir "/mnt/a/$$" && cd "/mnt/a/$$" && ${script}`)
  return exitCode === 0
}

describe('with all its capabilities the server', () => {
  let server: string
  beforeAll(async () => {
    server = await startWith(CAPABILITIES)
  })
  it.each(Object.values(USES))('allows %s', async (_what, script) => {
    await expect.poll(() => answers(server)).toBe(true)
    expect(await works(server, script)).toBe(true)
  })
  it('allows creating files as a user who is not root', async () => {
    expect(
      await works(
        server,
        'chmod 777 . && setpriv --reuid 999 --regid 998 --clear-groups touch x && [ "$(stat -c %u:%g x)" = 999:998 ]',
      ),
    ).toBe(true)
  })
})

describe('without', () => {
  it.each(Object.entries(USES))('%s the server fails at %s', async (capability, [, script]) => {
    const server = await startWith(CAPABILITIES.filter((other) => other !== capability))
    await expect.poll(() => answers(server)).toBe(true)
    expect(await works(server, script)).toBe(false)
  })

  it.each(['SETUID', 'SETGID'])('%s the server ends, because rpcbind cannot give up root', async (capability) => {
    const server = await startWith(CAPABILITIES.filter((other) => other !== capability))
    const running = (): Promise<string> => docker('inspect', '--format', '{{.State.Running}}', server)
    await expect.poll(running, { timeout: 10_000 }).toBe('false')
  })
})
