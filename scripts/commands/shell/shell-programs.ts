/** Programs for a lab's shell, by file name: scripts that call this tool. */
export type ShellPrograms = Readonly<Record<string, string>>

/** `node`: use the kubectl inside the control-plane node, whatever is on PATH. */
export const KUBECTL_VARIABLE = 'STATELAB_KUBECTL'

export interface ShellProgramsOptions {
  readonly platform: NodeJS.Platform
  /** The words that start this tool. */
  readonly self: readonly string[]
  readonly labId: string
  /** Whether this machine has no kubectl of its own. */
  readonly withKubectl: boolean
}

/** `statelab`, which a checkout does not put on PATH, and `kubectl` where the machine has none. */
export function shellPrograms({ platform, self, labId, withKubectl }: ShellProgramsOptions): ShellPrograms {
  const script = platform === 'win32' ? batch : sh
  // The kubectl that `statelab kubectl` would find first is this very script.
  const kubectl = { [KUBECTL_VARIABLE]: 'node' }
  const extension = platform === 'win32' ? '.cmd' : ''
  return {
    [`statelab${extension}`]: script(self),
    ...(withKubectl && { [`kubectl${extension}`]: script([...self, 'kubectl', '--lab', labId, '--no-up', '--'], kubectl) }),
  }
}

type Variables = Readonly<Record<string, string>>

function sh(words: readonly string[], variables: Variables = {}): string {
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value} `)
  const command = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  return `#!/bin/sh\n${assignments.join('')}exec ${command} "$@"\n`
}

function batch(words: readonly string[], variables: Variables = {}): string {
  const assignments = Object.entries(variables).map(([name, value]) => `@set ${name}=${value}\r\n`)
  return `@setlocal\r\n${assignments.join('')}@${words.map((word) => `"${word}"`).join(' ')} %*\r\n`
}
