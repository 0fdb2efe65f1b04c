import type { ProgressEvent } from '../events.ts'

/** Shows progress to a person. It only listens: nothing it does can change or end the work. */
export interface Renderer {
  readonly handle: (event: ProgressEvent) => void
  /** Draws the last state and gives the terminal back. Afterwards nothing is drawn. */
  finish(): Promise<void>
}

/** Shows nothing: `--quiet`. */
export const quietRenderer: Renderer = {
  handle: () => {},
  finish: () => Promise.resolve(),
}
