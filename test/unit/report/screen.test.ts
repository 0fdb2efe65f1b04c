import type { WriteStream } from 'node:tty'
import { describe, expect, it } from 'vitest'
import { openScreen } from '../../../scripts/report/screen.ts'
import { fakeTerminal } from './fakes.ts'

const ESCAPE = '\u001B['

function opened(draw: () => string[]) {
  const terminal = fakeTerminal()
  const sizes: { columns: number; rows: number }[] = []
  const screen = openScreen(terminal as unknown as WriteStream, (size) => {
    sizes.push(size)
    return draw()
  })
  return { terminal, sizes, screen }
}

describe('openScreen', () => {
  it('draws on the second screen, within a size that no line can overflow, and gives the first one back', () => {
    const { terminal, sizes, screen } = opened(() => ['one', 'two'])
    expect(terminal.text()).toContain(`${ESCAPE}?1049h`)
    expect(terminal.text()).toContain(`${ESCAPE}Hone${ESCAPE}K\r\ntwo${ESCAPE}K${ESCAPE}J`)
    expect(sizes).toEqual([{ columns: 79, rows: 24 }])
    screen[Symbol.dispose]()
    expect(terminal.text().endsWith(`${ESCAPE}?1049l${ESCAPE}?25h`)).toBe(true)
  })

  it('writes nothing for a frame that is the same', () => {
    let line = 'a'
    const { terminal, screen } = opened(() => [line])
    const before = terminal.text().length
    screen.redraw()
    expect(terminal.text().length).toBe(before)
    line = 'b'
    screen.redraw()
    expect(terminal.text()).toContain(`${ESCAPE}Hb`)
  })

  it('draws anew when the size changes, and no more once it is closed', () => {
    const { terminal, sizes, screen } = opened(() => ['a'])
    Object.assign(terminal, { columns: 40 }).emit('resize')
    expect(sizes.at(-1)).toEqual({ columns: 39, rows: 24 })
    screen[Symbol.dispose]()
    terminal.emit('resize')
    expect(sizes).toHaveLength(2)
    expect(terminal.listenerCount('resize')).toBe(0)
  })
})
