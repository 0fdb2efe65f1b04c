import { expect, test } from 'vitest'
import { missingCapabilities } from '../../../scripts/host/capabilities.ts'
import { BOUNDED_STATUS, FULL_STATUS, fakeHost } from './fake-host.ts'

test.each([
  ['a process that may everything', FULL_STATUS, '40', []],
  ['a sandbox without one capability', BOUNDED_STATUS, '40', ['CAP_SYS_RESOURCE']],
  ['a container of Docker', 'CapBnd:\t00000000a80425fb\n', '4', ['CAP_DAC_READ_SEARCH']],
  ['an older kernel, which does not know the last three', 'CapBnd:\t0000003fffffffff\n', '37\n', []],
  ['the first and the last', 'CapBnd:\t000000fffffffffe\n', '40', ['CAP_CHOWN', 'CAP_CHECKPOINT_RESTORE']],
  ['a status without the line', 'Name:\tnode\n', '40', []],
])('%s', async (_, status, last, expected) => {
  const host = fakeHost({ files: { '/proc/self/status': status, '/proc/sys/kernel/cap_last_cap': last } })
  expect(await missingCapabilities(host, 'self')).toEqual(expected)
})

test("asks the daemon's process where it can be seen", async () => {
  const host = fakeHost({ files: { '/proc/7/status': BOUNDED_STATUS, '/proc/self/status': FULL_STATUS } })
  expect(await missingCapabilities(host, 7)).toEqual(['CAP_SYS_RESOURCE'])
  expect(await missingCapabilities(host, 8)).toEqual([])
})

test('finds nothing where there is no /proc', async () => {
  expect(await missingCapabilities(fakeHost(), 'self')).toEqual([])
})
