import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { libnfs } from './libnfs.ts'
import { docker, type NfsClient } from './nfs-client.ts'
import { NfsLab } from './nfs-lab.ts'

let lab: NfsLab
let client: NfsClient
let server: string
beforeAll(async () => {
  lab = await NfsLab.withServer()
  client = await lab.client()
  server = lab.network.nfsAddress
})
afterAll(async () => lab[Symbol.asyncDispose]())

describe('the NFS server', () => {
  it('offers NFS 3 and 4 and the mount service over TCP, no lock manager, and nothing over UDP', async () => {
    const services = (await client.output(`rpcinfo -p ${server}`)).split('\n').slice(1)
    const offered = services
      .map((line) => line.trim().split(/\s+/))
      .map(([, version, proto, , name]) => `${name} ${version} ${proto}`)
    expect(new Set(offered)).toEqual(
      new Set([
        ...['portmapper 2 tcp', 'portmapper 3 tcp', 'portmapper 4 tcp'],
        ...['nfs 3 tcp', 'nfs 4 tcp', 'mountd 1 tcp', 'mountd 3 tcp'],
      ]),
    )
  })

  it('has no UDP socket but that of the name service in its container', async () => {
    const sockets = (await lab.onServer('cat /proc/net/udp /proc/net/udp6')).split('\n').filter((line) => /^\s*\d+:/.test(line))
    const dockersNameService = /^\s*\d+: 0B00007F:/ // 127.0.0.11
    expect(sockets.filter((line) => !dockersNameService.test(line))).toEqual([])
  })

  it.each([3, 4])('writes, reads and shows owners over NFS %i', async (version) => {
    const script = `
nfs = mount(${version})
nfs.write('/v${version}', 'hello')
assert nfs.read('/v${version}') == 'hello'
assert nfs.stat('/v${version}')['uid'] == 0, 'root is squashed'
print('ok')`
    expect(await libnfs(client, server, script)).toBe('ok')
    expect(await lab.onServer(`cat /export/v${version}; stat -c %u /export/v${version}; chown 999 /export/v${version}`)).toBe(
      'hello0',
    )
    expect(await libnfs(client, server, `print(mount(${version}).stat('/v${version}')['uid'])`)).toBe('999')
  })

  it.each([3, 4])('lets a file be opened over NFS %i at once after a restart', async (version) => {
    const script = `
started = time.monotonic()
mount(${version}).write('/after', 'restart')
print(time.monotonic() - started)`
    for (const restart of ['restart', 'kill']) {
      await docker(restart, lab.env.nfsContainer)
      await lab.ensureServer()
      expect(Number(await libnfs(client, server, script))).toBeLessThan(1)
    }
  })

  it.each([3, 4])('shows over NFS %i at once what was changed behind it', async (version) => {
    // The client asks the server's machine for each change by a file, and looks as soon as it is told that it was made.
    const script = `
nfs = mount(${version})
asked = 0
def behind(line):
    global asked
    asked += 1
    nfs.write('/asked/%d' % asked, line)
    end = time.monotonic() + 10
    while nfs.size('/done/%d' % asked) is None:
        assert time.monotonic() < end, 'nobody does ' + line
for i in range(50):
    text = str(i) * (1 + i % 3)
    behind('printf %s ' + text + ' > seen')
    assert nfs.size('/seen') == len(text), 'round %d: old size' % i
    assert nfs.read('/seen') == text, 'round %d: old content' % i
    behind('mkdir made; touch made/%d; mv seen moved' % i)
    assert nfs.size('/seen') is None and nfs.read('/moved') == text, 'round %d: old name' % i
    assert nfs.size('/made/%d' % i) == 0, 'round %d: missing name' % i
    behind('rm -rf made moved')
    assert nfs.size('/made') is None, 'round %d: removed name' % i
print('ok')`
    await lab.onServer('mkdir /export/asked /export/done')
    const obeying = lab.onServer(`cd /export; n=1; while [ ! -e stop ]; do
      if [ -s asked/$n ]; then sh asked/$n; touch done/$n; n=$((n + 1)); else sleep 0.005; fi; done; rm -rf stop asked done`)
    try {
      expect(await libnfs(client, server, script)).toBe('ok')
    } finally {
      await lab.onServer('touch /export/stop')
      await obeying
    }
  })

  it('says what it does when it starts, and no line for each call', async () => {
    const lines = async (): Promise<string[]> => (await docker('logs', lab.env.nfsContainer)).split('\n')
    const started = await lines()
    expect(started.some((line) => line.includes('NFS SERVER INITIALIZED'))).toBe(true)
    expect(started.filter((line) => /:(CRIT|FATAL|MAJ) :/.test(line))).toEqual([])
    await libnfs(client, server, `for i in range(200): mount(4).write('/busy', str(i))`)
    expect((await lines()).slice(started.length)).toEqual([])
  })
})
