import type { ProgressEvent } from '../events.ts'
import type { Style } from './style.ts'

/** Shows progress to a person. It only listens: nothing it does can change or end the work. */
export interface Renderer {
  readonly handle: (event: ProgressEvent) => void
  /** Draws the last state and gives the terminal back. Afterwards nothing is drawn. */
  finish(): Promise<void>
}

export interface RendererOptions {
  readonly style: Style
  /** True when nothing of the steps is to stay on screen: their results are told by what follows. */
  readonly passing?: boolean
}

/** Shows nothing: `--quiet`. */
export const quietRenderer: Renderer = {
  handle: () => {},
  finish: () => Promise.resolve(),
}
