import type { LabDefinition } from './lab.ts'

/**
 * Declares a lab; it only gives the editor the types. The catalogue validates what a `lab.ts` exports.
 * @example
 * export default defineLab({ id: 'first-claim', track: 'volumes', … })
 */
export function defineLab(lab: LabDefinition): LabDefinition {
  return lab
}
