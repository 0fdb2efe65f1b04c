import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exitImage } from '../../../scripts/host/exit-image.ts'

test.each(['amd64', 'arm64'] as const)('%s: a tar archive that tar reads, of an ELF program', (architecture) => {
  const image = exitImage(architecture)
  expect(image.length % 512).toBe(0)
  expect(execFileSync('tar', ['-tvf', '-'], { input: image }).toString()).toMatch(/^-rwxr-xr-x .* exit\n$/)
  const program = execFileSync('tar', ['-xOf', '-', 'exit'], { input: image })
  expect(program.subarray(0, 7).toString('latin1')).toBe('\x7fELF\x02\x01\x01')
})

test.runIf(platform() === 'linux' && (arch() === 'x64' || arch() === 'arm64'))('the program ends with 0', () => {
  const folder = mkdtempSync(join(tmpdir(), 'statelab-'))
  const program = join(folder, 'exit')
  try {
    writeFileSync(
      program,
      execFileSync('tar', ['-xOf', '-', 'exit'], { input: exitImage(arch() === 'x64' ? 'amd64' : 'arm64') }),
      { mode: 0o755 },
    )
    expect(execFileSync(program).toString()).toBe('')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
