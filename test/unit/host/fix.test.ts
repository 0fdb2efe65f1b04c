import { expect, test } from 'vitest'
import { fixHost } from '../../../scripts/host/fix.ts'
import { dockerInfo, FULL_STATUS, fakeHost, withDocker } from './fake-host.ts'

const FILES = { '/etc/os-release': 'ID=ubuntu\nID_LIKE=debian\n', '/proc/self/status': FULL_STATUS }

test('touches nothing on a machine that is well', async () => {
  const host = fakeHost({ files: FILES })
  expect(await fix(host, [])).toEqual({ applied: [], notes: [] })
  expect(host.commands).toEqual([])
})

test('raises the limits of inotify for now and for later', async () => {
  const host = fakeHost({ files: FILES })
  const { applied } = await fix(host, ['inotify'])
  expect(applied).toEqual(['inotify'])
  expect(host.commands).toEqual([
    expect.stringMatching(/ \/proc\/sys\/fs\/inotify\/max_user_watches 524288$/),
    expect.stringMatching(/ \/proc\/sys\/fs\/inotify\/max_user_instances 512$/),
    expect.stringContaining('/etc/sysctl.d/60-statelab.conf'),
  ])
})

test('a remedy that fails becomes a warning, and the next one is tried', async () => {
  const host = fakeHost({
    files: FILES,
    answer: (command) => (command.includes('inotify') ? { exitCode: 1, stderr: 'read-only' } : undefined),
  })
  const { applied, notes } = await fix(host, ['inotify', 'mmdebstrap'])
  expect(applied).toEqual(['mmdebstrap'])
  expect(notes).toContainEqual(expect.stringMatching(/^warning: inotify: .*read-only/s))
  expect(host.commands.at(-1)).toMatch(/apt-get .* install -y -q mmdebstrap$/)
})

test('leaves alone what only the user can decide', async () => {
  const host = fakeHost({ files: FILES, answer: withDocker(dockerInfo()) })
  expect((await fix(host, ['disk', 'memory', 'go', 'cgroup'])).applied).toEqual([])
  expect(host.commands).toEqual([])
})

async function fix(host: ReturnType<typeof fakeHost>, unwell: readonly string[]) {
  const notes: string[] = []
  const applied = await fixHost(
    unwell.map((id) => ({ id, status: 'warn', detail: '' })),
    {
      runner: host.runner,
      host,
      signal: new AbortController().signal,
      emit: (event) => event.type === 'note' && notes.push(`${event.level}: ${event.text}`),
    },
  )
  return { applied, notes }
}
