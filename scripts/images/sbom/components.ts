import type { GoBuildInfo } from './go-build-info.ts'
import type { Finding } from './layer.ts'
import { licencesOfDebian } from './licence-names.ts'
import { type PackageRecord, parseApkInstalled, parseDpkgStatus, parseOsRelease } from './package-records.ts'

/** One thing that an image is made of. */
export interface Component {
  readonly type: 'library' | 'application' | 'operating-system'
  readonly name: string
  readonly version?: string
  /** Missing for the operating system. */
  readonly purl?: string
  /** SPDX identifiers, SPDX expressions, or names. */
  readonly licences: readonly string[]
}

/**
 * @param files what the files of an image tell, by path.
 * @param goLicences the licences of a Go module, by `<module>@<version>`, as far as they are known.
 * @returns the components, each once, sorted.
 */
export function componentsOf(
  files: ReadonlyMap<string, Finding>,
  goLicences: ReadonlyMap<string, readonly string[]>,
): readonly Component[] {
  const components = [...files].flatMap(([, finding]) => {
    if (finding.kind === 'go') return ofGo(finding.go, goLicences)
    const release = releaseOf(files, finding.root)
    if (finding.kind === 'os-release') return release ? [ofSystem(release)] : []
    if (finding.kind === 'dpkg')
      return parseDpkgStatus(finding.text).map((record) => {
        const copyright = files.get(`${finding.root}usr/share/doc/${record.name}/copyright`)
        const licences = copyright?.kind === 'copyright' ? licencesOfDebian(copyright.text) : []
        return ofPackage('deb', record, release ?? { id: 'debian' }, licences)
      })
    if (finding.kind === 'apk')
      return parseApkInstalled(finding.text).map((record) =>
        ofPackage('apk', record, release ?? { id: 'alpine' }, record.licence === undefined ? [] : [record.licence]),
      )
    return []
  })
  const byKey = new Map(components.map((component) => [keyOf(component), component]))
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, component]) => component)
}

/** What a component is told apart by: its package URL. */
export function keyOf({ purl, name, version }: Component): string {
  return purl ?? `os:${name}@${version ?? ''}`
}

interface Release {
  readonly id: string
  readonly version?: string
}

function releaseOf(files: ReadonlyMap<string, Finding>, root: string): Release | undefined {
  const found = ['etc', 'usr/lib'].map((folder) => files.get(`${root}${folder}/os-release`)).find((file) => file !== undefined)
  return found?.kind === 'os-release' ? parseOsRelease(found.text) : undefined
}

function ofSystem({ id, version }: Release): Component {
  return { type: 'operating-system', name: id, ...(version !== undefined && { version }), licences: [] }
}

function ofPackage(type: 'deb' | 'apk', record: PackageRecord, release: Release, licences: readonly string[]): Component {
  const { name, version, architecture, source } = record
  const qualifiers = [
    ['arch', architecture],
    ['distro', release.version === undefined ? undefined : `${release.id}-${release.version}`],
    ['upstream', source],
  ].flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encode(value)}`]))
  const purl = `pkg:${type}/${release.id}/${encode(name)}@${encode(version)}?${qualifiers.join('&')}`
  return { type: 'library', name, version, purl, licences }
}

function ofGo({ go, modules }: GoBuildInfo, licences: ReadonlyMap<string, readonly string[]>): readonly Component[] {
  const of = (name: string, version: string | undefined, type: Component['type']): Component => ({
    type,
    name,
    ...(version !== undefined && { version }),
    purl: `pkg:golang/${name.split('/').map(encode).join('/')}${version === undefined ? '' : `@${encode(version)}`}`,
    licences: licences.get(`${name}@${version}`) ?? [],
  })
  const [own, ...others] = modules
  return [
    // A program that was built without modules, as Debian does, is known by its package.
    ...(own ? [of(own.path, own.version, 'application')] : []),
    ...others.map(({ path, version }) => of(path, version, 'library')),
    { ...of('stdlib', go, 'library'), licences: ['BSD-3-Clause'] },
  ]
}

/** As package URLs want it: a colon stays as it is. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':')
}
