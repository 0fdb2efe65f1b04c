import process from 'node:process'
import type { Host } from '../host/host.ts'
import type { Machine } from '../images/bundle/bundle-json.ts'
import { PROJECT } from './project.ts'

/**
 * What a bundle must fit to be used by this statelab, on this machine.
 * @param kubernetes the version that was asked for, if any.
 */
export function thisMachine({ platform }: Pick<Host, 'platform'>, kubernetes?: string): Machine {
  return { version: PROJECT.version, platform: `${platform}-${process.arch}`, kubernetes }
}
