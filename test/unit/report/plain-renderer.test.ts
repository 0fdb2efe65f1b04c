import { describe, expect, it } from 'vitest'
import { createPlainRenderer } from '../../../scripts/report/plain-renderer.ts'
import { createStyle } from '../../../scripts/report/style.ts'
import { fakeOutput } from './fakes.ts'

function renderer(passing = false) {
  const output = fakeOutput()
  let time = 0
  const { handle } = createPlainRenderer(output, { style: createStyle(false), passing }, () => time)
  return {
    handle,
    lines: () => output.text().trimEnd().split('\n'),
    at: (ms: number) => {
      time = ms
    },
  }
}

describe('the plain renderer', () => {
  it('writes one line for each start and each end, nested steps with their path', () => {
    const { handle, lines, at } = renderer()
    handle({ type: 'step-started', id: 'images', title: 'Build images' })
    at(1_000)
    handle({ type: 'step-started', id: 'redis', title: 'redis', parent: 'images' })
    at(3_500)
    handle({ type: 'step-finished', id: 'redis', outcome: 'done', durationMs: 2_500, detail: 'sha256:1\nmore' })
    handle({ type: 'step-finished', id: 'images', outcome: 'skipped', durationMs: 3_500, detail: 'nothing changed' })
    expect(lines()).toEqual([
      '  0.0s ▸ Build images',
      '  1.0s   ▸ Build images › redis',
      '  3.5s   ✔ Build images › redis (2.5s): sha256:1',
      '  3.5s ↓ Build images (3.5s): nothing changed',
    ])
  })

  it('keeps every line of a failure', () => {
    const { handle, lines } = renderer()
    handle({ type: 'step-started', id: 'a', title: 'A' })
    handle({ type: 'step-finished', id: 'a', outcome: 'failed', durationMs: 100, detail: 'first\nsecond' })
    expect(lines().slice(1)).toEqual(['  0.0s ✖ A (0.1s): first', 'second'])
  })

  it('shows progress only of a step that is silent for more than 10 s, and then its latest line', () => {
    const { handle, lines, at } = renderer()
    handle({ type: 'step-started', id: 'a', title: 'A' })
    const progress = (ms: number, line: string): void => {
      at(ms)
      handle({ type: 'step-progress', id: 'a', line })
    }
    progress(9_999, 'too early')
    progress(10_000, 'shown')
    progress(10_001, 'too soon after')
    progress(20_000, 'shown again')
    expect(lines().slice(1)).toEqual(['   10s … A: shown', '   20s … A: shown again'])
  })

  it('leaves of passing steps only what takes long', () => {
    const { handle, lines, at } = renderer(true)
    handle({ type: 'step-started', id: 'a', title: 'A' })
    at(12_000)
    handle({ type: 'step-progress', id: 'a', line: 'still waiting' })
    handle({ type: 'step-finished', id: 'a', outcome: 'failed', durationMs: 12_000, detail: 'told by the answer' })
    expect(lines()).toEqual(['   12s … A: still waiting'])
  })

  it('shows notes, and warnings with a mark', () => {
    const { handle, lines } = renderer()
    handle({ type: 'note', level: 'info', text: 'images come from packages' })
    handle({ type: 'note', level: 'warning', text: 'little memory' })
    expect(lines()).toEqual(['  0.0s ℹ images come from packages', '  0.0s ⚠ little memory'])
  })

  it('lets no escape sequence of a program through', () => {
    const { handle, lines } = renderer()
    handle({ type: 'step-started', id: 'a', title: 'A' })
    handle({ type: 'step-finished', id: 'a', outcome: 'failed', durationMs: 0, detail: '\u001B[2J\u001B[31mred\u001B[0m\u0001' })
    expect(lines()[1]).toBe('  0.0s ✖ A (0.0s): red\uFFFD')
  })
})
