import { messageOf, prerequisiteMissing } from '../errors.ts'

export const WRAPPER_NAME = 'statelab-runc'

export interface Runtime {
  /** A name to look for on PATH, or a full path. */
  readonly path: string
  readonly runtimeArgs?: readonly string[]
}

/** The runtime that Docker uses when nobody names one. */
export function defaultRuntime(config: string | undefined, file: string): Runtime {
  const { 'default-runtime': name = 'runc', runtimes = {} } = parse(config, file)
  const runtime = runtimes[name]
  if (runtime === undefined) return { path: name }
  if (runtime.path === undefined) {
    throw prerequisiteMissing(
      `Docker's default runtime ${name} is no program that statelab could wrap`,
      `make runc the default runtime in ${file}`,
    )
  }
  return { path: runtime.path, ...(runtime.runtimeArgs && { runtimeArgs: runtime.runtimeArgs }) }
}

/**
 * daemon.json with our wrapper as default runtime; whatever else is in it stays.
 * @param config the present text; `undefined` when there is no file.
 * @throws {StatelabError} `prerequisite-missing` when it is not a JSON object: then nobody may rewrite it.
 */
export function withDefaultRuntime(config: string | undefined, file: string, runtime: Runtime): string {
  const present = parse(config, file)
  const merged = {
    ...present,
    'default-runtime': WRAPPER_NAME,
    runtimes: { ...present.runtimes, [WRAPPER_NAME]: runtime },
  }
  return `${JSON.stringify(merged, undefined, indentOf(config))}\n`
}

interface DaemonConfig {
  readonly 'default-runtime'?: string
  readonly runtimes?: Readonly<Record<string, Partial<Runtime>>>
}

function parse(config: string | undefined, file: string): DaemonConfig {
  if (config === undefined || config.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(config)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch (error) {
    throw prerequisiteMissing(`${file} is not JSON (${messageOf(error)})`, `mend ${file}: Docker cannot read it either`, error)
  }
  throw prerequisiteMissing(`${file} is not a JSON object`, `mend ${file}: Docker cannot read it either`)
}

function indentOf(config: string | undefined): string {
  return /^\{\n([ \t]+)/.exec(config ?? '')?.[1] ?? '  '
}
