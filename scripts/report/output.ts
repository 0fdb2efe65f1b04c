/** A place to write to: the process's stdout or stderr, or a list in a test. */
export interface Output {
  write(text: string): void
  readonly isTerminal: boolean
  /** The width of the terminal. `undefined` where there is none. */
  readonly columns: number | undefined
}
