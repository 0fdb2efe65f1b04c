import { type Keyboard, nextKey } from './keyboard.ts'
import type { Session } from './session.ts'

/** The keyboard of a person who sees what is asked; `undefined` in a pipe and in CI. */
export function keyboardOf({ io }: Session): Keyboard | undefined {
  const isCi = !['', '0', 'false'].includes(io.env.CI ?? '')
  return io.stderr.isTerminal && !isCi ? io.keyboard : undefined
}

/**
 * Asks a yes-or-no question on stderr; the answer that changes nothing is no.
 * @throws the signal's reason.
 */
export async function confirm(session: Session, keyboard: Keyboard, question: string): Promise<boolean> {
  const { io, t } = session
  io.stderr.write(`${question} ${t('ask.yesNo')} `)
  const isYes = await answerTo(session, keyboard, (key): boolean | undefined =>
    key === 'y' ? true : NO.has(key) ? false : undefined,
  )
  io.stderr.write(`${isYes ? 'y' : 'n'}\n`)
  return isYes
}

const NO = new Set(['n', 'q', 'return', 'enter', 'escape'])

/** Waits for a key. An interruption leaves the cursor on a line of its own. */
export async function answerTo<T>(
  { io, signal }: Session,
  keyboard: Keyboard,
  meaning: (key: string) => T | undefined,
): Promise<T> {
  try {
    return await nextKey(keyboard, signal, meaning)
  } catch (error) {
    io.stderr.write('\n')
    throw error
  }
}
