/** A reference in its full form: `redis:7.0` is `docker.io/library/redis:7.0`. */
export interface ImageReference {
  readonly host: string
  readonly repository: string
  readonly tag: string
}

/** Splits a reference as Docker does: a first component with a dot or a port, or `localhost`, is the registry's host. */
export function parseReference(text: string): ImageReference {
  const [, name = text, tag = 'latest'] = /^(.+?)(?::([\w.-]+))?$/.exec(text) ?? []
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  if (/[.:]/.test(first) || first === 'localhost') return { host: first, repository: name.slice(slash + 1), tag }
  return { host: 'docker.io', repository: slash < 0 ? `library/${name}` : name, tag }
}

/** @returns the reference with everything that may be left out. */
export function fullReference(text: string): string {
  const { host, repository, tag } = parseReference(text)
  return `${host}/${repository}:${tag}`
}
