/** A package of an operating system, as its package manager recorded it. */
export interface PackageRecord {
  readonly name: string
  readonly version: string
  readonly architecture: string
  /** What it was built from, where that has another name or version. */
  readonly source?: string
  /** As the record says. */
  readonly licence?: string
}

/** Reads dpkg's `status`, or one of the files in `status.d`. What is not installed any more is left out. */
export function parseDpkgStatus(text: string): PackageRecord[] {
  return stanzas(text).flatMap((stanza) => {
    const field = (name: string): string | undefined => new RegExp(`^${name}: (.+)$`, 'm').exec(stanza)?.[1]?.trim()
    const [name, version, architecture] = [field('Package'), field('Version'), field('Architecture')]
    const isInstalled = (field('Status') ?? 'installed').split(' ').includes('installed')
    if (name === undefined || version === undefined || !isInstalled) return []
    // `Source: busybox (1:1.35.0-4)` where the versions differ.
    const source = field('Source')?.replace(/ \((.*)\)$/, '@$1')
    return [{ name, version, architecture: architecture ?? 'all', ...(source !== undefined && { source }) }]
  })
}

/** Reads `lib/apk/db/installed` of Alpine. */
export function parseApkInstalled(text: string): PackageRecord[] {
  return stanzas(text).flatMap((stanza) => {
    const field = (letter: string): string | undefined => new RegExp(`^${letter}:(.+)$`, 'm').exec(stanza)?.[1]
    const [name, version, architecture, source, licence] = ['P', 'V', 'A', 'o', 'L'].map(field)
    if (name === undefined || version === undefined) return []
    const known = { ...(source !== undefined && source !== name && { source }), ...(licence !== undefined && { licence }) }
    return [{ name, version, architecture: architecture ?? 'noarch', ...known }]
  })
}

/** Reads `os-release`. */
export function parseOsRelease(text: string): { readonly id: string; readonly version?: string } | undefined {
  const value = (name: string): string | undefined => new RegExp(`^${name}="?([^"\n]+)"?$`, 'm').exec(text)?.[1]
  const [id, version] = [value('ID'), value('VERSION_ID')]
  return id === undefined ? undefined : { id, ...(version !== undefined && { version }) }
}

function stanzas(text: string): string[] {
  return text.split(/\n{2,}/)
}
