import { DEFAULT_ENVIRONMENT } from '../environment.ts'
import type { Session } from './session.ts'

/** What a command that is shown to the learner needs, to mean the same environment: nothing, or ` --name …`. */
export function nameFlag({ settings }: Session): string {
  const { name } = settings.environment
  return name === DEFAULT_ENVIRONMENT ? '' : ` --name ${name}`
}
