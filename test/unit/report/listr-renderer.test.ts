import { setTimeout as delay } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { ProgressEvent } from '../../../scripts/events.ts'
import { createListrRenderer } from '../../../scripts/report/listr-renderer.ts'
import { createStyle } from '../../../scripts/report/style.ts'
import { fakeTerminal } from './fakes.ts'

function started(id: string, title: string, parent?: string): ProgressEvent {
  return { type: 'step-started', id, title, ...(parent !== undefined && { parent }) }
}

function finished(id: string, outcome: 'done' | 'skipped' | 'failed', detail?: string): ProgressEvent {
  return { type: 'step-finished', id, outcome, durationMs: 1_200, ...(detail !== undefined && { detail }) }
}

/** @returns the lines that stay on the screen. */
async function draw(events: readonly ProgressEvent[]): Promise<string[]> {
  const terminal = fakeTerminal()
  const renderer = createListrRenderer(terminal, { style: createStyle(false) })
  for (const event of events) renderer.handle(event)
  await renderer.finish()
  return lastFrame(terminal.text())
}

/** A frame ends where the next one begins to erase it. */
function lastFrame(drawn: string): string[] {
  const frame = drawn.slice(drawn.lastIndexOf('\u001B[G') + 1)
  return stripVTControlCharacters(`\u001B${frame}`)
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd())
}

describe('the listr renderer', () => {
  it('keeps the outcome, detail and time of each step, and folds what went well inside', async () => {
    const lines = await draw([
      started('images', 'Build images'),
      started('redis', 'redis', 'images'),
      started('nfs', 'Start the NFS server'),
      finished('redis', 'done'),
      finished('images', 'done', '2 built'),
      finished('nfs', 'skipped', 'runs already'),
    ])
    expect(lines).toEqual(['✔ Build images: 2 built 1.2s', '↓ Start the NFS server: runs already 1.2s'])
  })

  it('keeps a failed step open, with its detail told once', async () => {
    const lines = await draw([
      started('cluster', 'Create the cluster'),
      started('init', 'kubeadm init', 'cluster'),
      finished('init', 'failed', 'port 6443 is taken\nby another cluster'),
      finished('cluster', 'failed', 'port 6443 is taken\nby another cluster'),
    ])
    expect(lines).toEqual([
      '✖ Create the cluster 1.2s',
      '  ✖ kubeadm init 1.2s',
      '      › port 6443 is taken',
      '        by another cluster',
    ])
  })

  it('keeps notes below the tree', async () => {
    const lines = await draw([
      { type: 'note', level: 'info', text: 'images come from packages' },
      started('a', 'A'),
      { type: 'note', level: 'warning', text: 'little memory' },
      finished('a', 'done'),
    ])
    expect(lines).toEqual(['✔ A 1.2s', '', '› images come from packages', '› ⚠ little memory'])
  })

  it('shows what a running step does now', async () => {
    const terminal = fakeTerminal()
    const renderer = createListrRenderer(terminal, { style: createStyle(false) })
    renderer.handle(started('a', 'A'))
    renderer.handle({ type: 'step-progress', id: 'a', line: 'early' })
    renderer.handle({ type: 'step-progress', id: 'a', line: 'apt-get install redis' })
    const deadline = Date.now() + 5_000
    while (!terminal.text().includes('apt-get install redis') && Date.now() < deadline) await delay(20)
    renderer.handle(finished('a', 'done'))
    await renderer.finish()
    expect(terminal.text()).toContain('› apt-get install redis')
    expect(lastFrame(terminal.text())).toEqual(['✔ A 1.2s'])
  })

  it('gives the terminal back when the end of a step was never told', async () => {
    const terminal = fakeTerminal()
    const write = terminal.write
    const renderer = createListrRenderer(terminal, { style: createStyle(false) })
    renderer.handle(started('a', 'A'))
    renderer.handle(started('b', 'B', 'a'))
    await renderer.finish()
    expect(terminal.write).toBe(write)
    expect(lastFrame(terminal.text())[0]).toMatch(/^✖ A /)
  })

  it('leaves nothing of passing steps', async () => {
    const terminal = fakeTerminal()
    const renderer = createListrRenderer(terminal, { style: createStyle(false), passing: true })
    renderer.handle(started('a', 'A'))
    renderer.handle(finished('a', 'failed', 'told by the answer'))
    await renderer.finish()
    expect(lastFrame(terminal.text())).toEqual([''])
  })

  it('draws nothing when nothing happened', async () => {
    const terminal = fakeTerminal()
    await createListrRenderer(terminal, { style: createStyle(false) }).finish()
    expect(terminal.text()).toBe('')
  })

  it('leaves signals alone', async () => {
    const before = process.listeners('SIGINT')
    const terminal = fakeTerminal()
    const renderer = createListrRenderer(terminal, { style: createStyle(false) })
    renderer.handle(started('a', 'A'))
    await delay(50)
    expect(
      process.listeners('SIGINT').filter((listener) => !before.includes(listener) && /signalHandler/.test(listener.name)),
    ).toEqual([])
    await renderer.finish()
  })
})
