import type { WriteStream } from 'node:tty'

/** What is drawn, for a terminal of this size: at most so many lines, none wider. */
export type Draw = (size: { readonly columns: number; readonly rows: number }) => readonly string[]

/** A terminal's second screen, as editors use it: what is on the first comes back when it is closed. */
export interface Screen extends Disposable {
  /** Draws anew. A frame that is the same as the last is not written. */
  redraw(): void
}

const ESCAPE = '\u001B['
const ENTER = `${ESCAPE}?1049h${ESCAPE}?25l`
const LEAVE = `${ESCAPE}?1049l${ESCAPE}?25h`
/** For a process that must end at once: unlike `LEAVE` it moves no cursor where there is no second screen. */
export const LEAVE_SCREEN = `${ESCAPE}?1047l${ESCAPE}?25h`
/** Terminals that know it show a frame only when it is whole; others ignore it. */
const BEGIN_FRAME = `${ESCAPE}?2026h`
const END_FRAME = `${ESCAPE}?2026l`
const HOME = `${ESCAPE}H`
const END_LINE = `${ESCAPE}K`
const CLEAR_BELOW = `${ESCAPE}J`

/** Opens the second screen and draws on it, again whenever the terminal's size changes. */
export function openScreen(stream: WriteStream, draw: Draw): Screen {
  let last = ''
  const redraw = (): void => {
    // A line that fills the terminal to its last column leaves the cursor where erasing would take that column.
    const lines = draw({ columns: stream.columns - 1, rows: stream.rows })
    // Overwriting line by line does not flicker, as clearing first would.
    const frame = `${HOME}${lines.map((line) => `${line}${END_LINE}`).join('\r\n')}${CLEAR_BELOW}`
    if (frame === last) return
    last = frame
    stream.write(`${BEGIN_FRAME}${frame}${END_FRAME}`)
  }
  const onResize = (): void => {
    last = ''
    redraw()
  }
  stream.write(ENTER)
  stream.on('resize', onResize)
  redraw()
  return {
    redraw,
    [Symbol.dispose]: () => {
      stream.off('resize', onResize)
      stream.write(LEAVE)
    },
  }
}
