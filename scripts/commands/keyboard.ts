import { emitKeypressEvents } from 'node:readline'
import type { ReadStream } from 'node:tty'

/** Single keys, as a person presses them. */
export interface Keyboard {
  /** @param onKey is given `h`, `return`, `escape`, …; Ctrl-C interrupts as anywhere else. Until disposed of. */
  listen(onKey: (key: string) => void): Disposable
}

interface Keypress {
  readonly name?: string
  readonly sequence?: string
  readonly ctrl?: boolean
}

/** @param interrupt what Ctrl-C does. */
export function createKeyboard(stdin: ReadStream, interrupt: () => void): Keyboard {
  return {
    listen: (onKey) => {
      const onKeypress = (_text: string | undefined, { name, sequence, ctrl = false }: Keypress): void => {
        if (ctrl && name === 'c') interrupt()
        else if (!ctrl) onKey(name ?? sequence ?? '')
      }
      emitKeypressEvents(stdin)
      stdin.on('keypress', onKeypress).setRawMode(true).resume()
      return {
        [Symbol.dispose]: () => {
          stdin.off('keypress', onKeypress).setRawMode(false).pause()
        },
      }
    },
  }
}

/**
 * Waits for a key that means something.
 * @param meaning of a key; `undefined` for keys to overlook.
 * @throws the signal's reason.
 */
export async function nextKey<T>(keyboard: Keyboard, signal: AbortSignal, meaning: (key: string) => T | undefined): Promise<T> {
  signal.throwIfAborted()
  const answer = Promise.withResolvers<T>()
  const onAbort = (): void => answer.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  using _listening = keyboard.listen((key) => {
    const found = meaning(key)
    if (found !== undefined) answer.resolve(found)
  })
  try {
    return await answer.promise
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
