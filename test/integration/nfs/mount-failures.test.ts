import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { docker, helpersEnd, type NfsClient } from './nfs-client.ts'
import { NfsLab, sourceOf } from './nfs-lab.ts'

let lab: NfsLab
let client: NfsClient
let server: string
beforeAll(async () => {
  lab = await NfsLab.withServer()
  client = await lab.client()
  server = lab.network.nfsAddress
})
afterAll(async () => lab[Symbol.asyncDispose]())

const FAILED = 32
const USAGE = 1

describe('a mount that cannot be is refused in words', () => {
  const gateway = (): string => server.replace(/\.\d+$/, '.1')
  const nobody = (): string => server.replace(/\.\d+$/, '.99')

  it.each([
    ['host unknown', () => 'nosuchhost.invalid:/export', /Failed to resolve server nosuchhost\.invalid: /],
    ['nothing listens', () => `${gateway()}:/export`, /Connection refused: no NFS server answers at /],
    ['nothing there', () => `${nobody()}:/export`, /No route to host: cannot reach server /],
    ['no such export', () => `${server}:/exprot`, /no such export; .* exports \/export$/],
    ['no such directory in the export', () => `${server}:/export/none`, /reason given by server: No such file or directory$/],
  ])('%s', async (_case, source, message) => {
    const { exitCode, output } = await client.run(`mount -t nfs ${source()} /mnt/a`)
    expect(output).toMatch(message)
    expect(output).toMatch(/^mount\.nfs: .*$/)
    expect(exitCode).toBe(FAILED)
  })

  it('access denied, to a client that is not of the network', async () => {
    const source = await sourceOf(await lab.runReadyServer('--env', 'EXPORT_CLIENTS=192.0.2.0/24'))
    const { output } = await client.run(`mount -t nfs ${source} /mnt/a`)
    expect(output).toBe(`mount.nfs: access denied by server while mounting ${source}`)
  })

  it('no such mount point', async () => {
    const { exitCode, output } = await client.run(`/sbin/mount.nfs ${server}:/export /mnt/none`)
    expect(output).toBe('mount.nfs: mount point /mnt/none: No such file or directory')
    expect(exitCode).toBe(FAILED)
  })
})

describe('a command line that cannot be meant is refused by name', () => {
  it.each([
    ['', /^usage: mount\.nfs /],
    ['server:/export', /^usage: mount\.nfs /],
    ['server /mnt/a', /'server' is not of the form SERVER:\/PATH/],
    [':/export /mnt/a', /':\/export' is not of the form SERVER:\/PATH/],
    ['s:/e /mnt/a -o rw,krb5', /^unknown option: krb5$/],
    ['s:/e /mnt/a -o frobnicate=7', /^unknown option: frobnicate=7$/],
    ['s:/e /mnt/a -o hard=1', /^unknown option: hard=1$/],
    ['s:/e /mnt/a -o remount', /^unknown option: remount$/],
    ['s:/e /mnt/a -o proto=udp', /^proto=udp is not supported/],
    ['s:/e /mnt/a -o sec=krb5', /^sec=krb5 is not supported/],
    ['s:/e /mnt/a -o nfsvers=4.1', /^nfsvers=4\.1 is not supported: .* only version 3$/],
    ['s:/e /mnt/a -o vers=2', /^vers=2 is not supported/],
    ['s:/e /mnt/a -o timeo=', /^bad value for option timeo: ''$/],
    ['s:/e /mnt/a -o port=65536', /^bad value for option port: '65536'$/],
    ['s:/e /mnt/a -x', /^unknown flag -x\. usage: /],
    ['s:/e /mnt/a -o', /^-o needs options/],
    ['s:/e /mnt/a more', /^more is one argument too many/],
  ])('mount.nfs %s', async (line, message) => {
    const { exitCode, output } = await client.run(`/sbin/mount.nfs ${line}`)
    expect(output).toMatch(/^mount\.nfs: .*$/)
    expect(output.replace('mount.nfs: ', '')).toMatch(message)
    expect(exitCode).toBe(USAGE)
  })

  it('mount.nfs4, where the kernel has no client', async () => {
    const { exitCode, output } = await client.run(`mount -t nfs4 ${server}:/export /mnt/a`)
    expect(output).toContain('vers=4 is not supported')
    expect(exitCode).toBe(USAGE)
  })

  it('but not with -s, wherever it stands', async () => {
    await client.output(`/sbin/mount.nfs ${server}:/export /mnt/a -o frobnicate,nosuchthing=1 -s && umount /mnt/a`)
  })
})

describe('when the server is gone', () => {
  const ENDED = helpersEnd(8)
  beforeEach(async () => lab.ensureServer())
  afterEach(async () => client.unmountAll())

  const mount = (options?: string): Promise<void> => client.mount(lab.source, '/mnt/a', options)
  const stopServer = (): Promise<string> => docker('stop', lab.env.nfsContainer)

  it('umount ends the mount and its process', async () => {
    await mount()
    await stopServer()
    await client.output(`timeout 5 umount /mnt/a && ${ENDED}`)
  })

  it('the mount point can be looked at', async () => {
    await mount()
    await stopServer()
    expect(await client.output('timeout 10 stat -c %F /mnt/a')).toBe('directory')
  })

  it('a reader waits, can be killed, and the mount ends', async () => {
    await mount()
    await client.output('echo hello > /mnt/a/file')
    await stopServer()
    const script = `cat /mnt/a/file & reader=$!; sleep 2; kill -0 $reader || exit 1; kill $reader; wait $reader; [ $? = 143 ] && umount /mnt/a && ${ENDED}`
    await client.output(script)
  })

  it('a lazy umount ends the process under a reader that waits', async () => {
    await mount()
    await client.output('echo hello > /mnt/a/file')
    await stopServer()
    await client.output(
      `(exec cat /mnt/a/file > /dev/null 2>&1) & sleep 1; umount -f /mnt/a || umount -l /mnt/a; kill $!; ${ENDED}`,
    )
  })

  it('a reader waits until it is back', async () => {
    await mount()
    await client.output('echo hello > /mnt/a/file')
    await stopServer()
    const reading = client.output('cat /mnt/a/file')
    await client.output('sleep 3')
    await lab.ensureServer()
    expect(await reading).toBe('hello')
  })

  it('a soft mount gives up after its time', async () => {
    await mount('soft,timeo=10,retrans=1')
    await client.output('echo hello > /mnt/a/file')
    await stopServer()
    // 1 s and 2 s for each call to the server; opening a file by its name takes a few.
    const { output } = await client.run('exec 2>&1; SECONDS=0; timeout 20 cat /mnt/a/file; [ $SECONDS -ge 3 ] && echo waited')
    expect(output).toMatch(/Input\/output error\s+waited$/)
  })
})

describe('the dispatcher', () => {
  const setUp = `printf 'nodev\\tnfs\\n' > /tmp/with; printf 'nodev\\text4\\n' > /tmp/without
    printf '#!/bin/sh\\necho kernel "$@"\\n' > /tmp/kernel; printf '#!/bin/sh\\necho fuse "$@"\\n' > /tmp/fuse; chmod +x /tmp/kernel /tmp/fuse
    export MOUNT_NFS_KERNEL=/tmp/kernel MOUNT_NFS_FUSE=/tmp/fuse MOUNT_NFS_FILESYSTEMS=/tmp/with;`

  it.each([
    ["prefers the kernel's client", '/sbin/mount.nfs s:/e /mnt -o ro', 'kernel s:/e /mnt -o ro'],
    ['takes FUSE without one', 'MOUNT_NFS_FILESYSTEMS=/tmp/without /sbin/mount.nfs s:/e /mnt', 'fuse s:/e /mnt'],
    ["takes FUSE without the kernel's helper", 'MOUNT_NFS_KERNEL=/none /sbin/mount.nfs s:/e /mnt', 'fuse s:/e /mnt'],
    ['asks for version 4 as mount.nfs4', '/sbin/mount.nfs4 s:/e /mnt -o ro', 'kernel s:/e /mnt -o ro -o vers=4'],
    ['leaves a version that was given', '/sbin/mount.nfs4 s:/e /mnt -o nfsvers=4.2', 'kernel s:/e /mnt -o nfsvers=4.2'],
  ])('%s', async (_what, command, expected) => {
    expect(await client.output(`${setUp} ${command}`)).toBe(expected)
  })
})
