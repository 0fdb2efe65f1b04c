import { Writable } from 'node:stream'
import type { Output } from '../../../scripts/report/output.ts'

/** An output that keeps what is written to it. */
export function fakeOutput(isTerminal = false): Output & { text(): string } {
  let written = ''
  return {
    write: (text) => {
      written += text
    },
    isTerminal,
    columns: isTerminal ? 80 : undefined,
    text: () => written,
  }
}

/** A stream that says it is a terminal, and keeps what is drawn on it. */
export function fakeTerminal(): NodeJS.WriteStream & { text(): string } {
  let written = ''
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      written += String(chunk)
      done()
    },
  })
  return Object.assign(stream, { isTTY: true, columns: 80, rows: 24, text: () => written }) as unknown as NodeJS.WriteStream & {
    text(): string
  }
}
