import { PassThrough } from 'node:stream'
import type { ReadStream } from 'node:tty'
import { describe, expect, it } from 'vitest'
import { createKeyboard, nextKey } from '../../../scripts/commands/keyboard.ts'

function fakeStdin() {
  const raw: boolean[] = []
  const stream = new PassThrough()
  const setRawMode = (on: boolean): unknown => {
    raw.push(on)
    return stream
  }
  const stdin = Object.assign(stream, { setRawMode }) as unknown as ReadStream
  const interrupts: string[] = []
  const keyboard = createKeyboard(stdin, () => interrupts.push('Ctrl-C'))
  return { stream, raw, interrupts, keyboard }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a keyboard', () => {
  it('tells of single keys while somebody listens, and gives the terminal back as it was', async () => {
    const { stream, raw, keyboard } = fakeStdin()
    const keys: string[] = []
    const listening = keyboard.listen((key) => keys.push(key))
    stream.write('hQ\r\u001B[A')
    await turn()
    listening[Symbol.dispose]()
    stream.write('x')
    await turn()
    expect(keys).toEqual(['h', 'q', 'return', 'up'])
    expect(raw).toEqual([true, false])
  })

  it('interrupts at Ctrl-C, and takes no other key with Ctrl for the key alone', async () => {
    const { stream, interrupts, keyboard } = fakeStdin()
    const keys: string[] = []
    using _listening = keyboard.listen((key) => keys.push(key))
    stream.write('\u0003\u0011')
    await turn()
    expect({ interrupts, keys }).toEqual({ interrupts: ['Ctrl-C'], keys: [] })
  })
})

describe('nextKey', () => {
  it('waits for a key that means something', async () => {
    const { stream, raw, keyboard } = fakeStdin()
    const answer = nextKey(keyboard, new AbortController().signal, (key) => (key === 'y' ? 'yes' : undefined))
    stream.write('xy')
    expect(await answer).toBe('yes')
    expect(raw).toEqual([true, false])
  })

  it('gives the terminal back when it is interrupted, also before it began', async () => {
    const { raw, keyboard } = fakeStdin()
    const controller = new AbortController()
    const answer = nextKey(keyboard, controller.signal, () => undefined)
    controller.abort(new Error('Ctrl-C'))
    await expect(answer).rejects.toThrow('Ctrl-C')
    await expect(nextKey(keyboard, controller.signal, () => undefined)).rejects.toThrow('Ctrl-C')
    expect(raw).toEqual([true, false])
  })
})
