import { messageOf, prerequisiteMissing, StatelabError } from '../../errors.ts'

const AGAIN = 'the same command again goes on where this one stopped'

/**
 * What a person is told when a build ends with an error that nobody has put into words yet.
 * @param doing such as `building the images`.
 * @param hint what else may help, beside the same command again.
 * @returns `image-failed`, or `prerequisite-missing` when the disk is full.
 */
export function buildFailed(doing: string, cause: unknown, hint?: string): StatelabError {
  const message = messageOf(cause)
  if (message.includes('no space left on device')) {
    const fix = 'docker system prune   # then the same command again'
    return prerequisiteMissing('the disk is full: the images could not be built', fix, cause)
  }
  const fix = hint === undefined ? AGAIN : `${AGAIN}; ${hint}`
  return new StatelabError('image-failed', `${doing} failed: ${message}`, { cause, fix })
}
