import { describe, expect, test } from 'vitest'
import { exportFile } from '../../../scripts/checks/export-file.ts'
import type { ExportEntry, ExportView } from '../../../scripts/nfs/export-view.ts'
import { checkContext } from '../../helpers/check-context.ts'

/** An export with one file in a directory; reading it would be a mistake. */
function exported(sizeBytes: number): ExportView {
  const file: ExportEntry = { name: 'big.bin', kind: 'file', mode: 0o644, sizeBytes, modifiedAt: new Date() }
  return {
    list: async (directory) => (directory === 'share' ? [file] : undefined),
    read: () => Promise.reject(new Error('nobody should read it')),
    command: (path) => `docker exec nfs ls -la /export/${path}`,
  }
}

describe('exportFile with atLeast', () => {
  const check = exportFile({ directory: 'share', file: 'big.bin', atLeast: '20Mi' })

  test('is met by the size alone', async () => {
    expect(await check.run(checkContext({ export: exported(20 * 2 ** 20) }))).toEqual({
      met: true,
      message: 'share/big.bin: 20971520 bytes',
      evidence: [
        {
          expected: 'at least 20971520 bytes',
          observed: '20971520 bytes',
          command: 'docker exec nfs ls -la /export/share/big.bin',
        },
      ],
    })
  })

  test('is not met by a smaller file, or none', async () => {
    expect(await check.run(checkContext({ export: exported(20 * 2 ** 20 - 1) }))).toMatchObject({ met: false })
    const other = exportFile({ directory: 'share', file: 'other.bin', atLeast: '20Mi' })
    expect(await other.run(checkContext({ export: exported(0) }))).toMatchObject({
      met: false,
      message: 'share/other.bin: expected at least 20971520 bytes, saw no such file',
    })
  })
})

test('a file that holds something else is shown as far as a person can take it in', async () => {
  const content = `{"users": ${'0'.repeat(200)}}`
  const share: ExportView = { ...exported(0), read: () => Promise.resolve(content) }
  const check = exportFile({ directory: 'share', file: 'big.bin', contains: 'learners' })
  expect(await check.run(checkContext({ export: share }))).toMatchObject({
    met: false,
    evidence: [{ observed: JSON.stringify(content.slice(0, 100)) }],
  })
})
