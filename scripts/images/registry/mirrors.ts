import { badInput } from '../../errors.ts'
import { type ImageReference, parseReference } from '../image-reference.ts'

/** Where things come from instead of where they are published. */
export interface Mirrors {
  /** Of registries, in the order in which they are tried. */
  readonly registries: readonly RegistryMirror[]
  /** Base address of Debian's archive. */
  readonly debian?: string
  /** Address of a Go module proxy. */
  readonly go?: string
  /** Address of an npm registry; the launcher reads it. */
  readonly npm?: string
}

export interface RegistryMirror {
  /** The registry that it stands for; every one when missing. */
  readonly of?: string
  /** `HOST[:PORT][/PREFIX]`. */
  readonly at: string
}

export const NO_MIRRORS: Mirrors = { registries: [] }

/** The registries that images come from. */
const REGISTRIES = ['docker.io', 'registry.k8s.io']
const URLS = ['debian', 'go', 'npm'] as const

/**
 * Reads mirrors: `HOST[:PORT][/PREFIX]` for every registry, `docker.io=HOST[:PORT][/PREFIX]` for one, or the address of
 * another kind of archive, as in `debian=https://HOST/debian`.
 * @param origin where the values are from, as a person would write it: `--mirror` or `STATELAB_MIRROR`.
 * @throws {StatelabError} `bad-input`.
 */
export function parseMirrors(values: readonly string[], origin = '--mirror'): Mirrors {
  const registries: RegistryMirror[] = []
  const urls: { debian?: string; go?: string; npm?: string } = {}
  for (const value of values) {
    const [, key, rest = value] = /^([^=/]+)=(.*)$/.exec(value) ?? []
    const url = URLS.find((each) => each === key)
    if (url) urls[url] = parseUrl(rest, url, origin)
    else if (key === undefined || REGISTRIES.includes(key)) {
      registries.push({ ...(key !== undefined && { of: key }), at: parseRegistry(rest, value, origin) })
    } else throw unknownKey(key, origin)
  }
  return { registries, ...urls }
}

/**
 * The names under which mirrors may have an image: a mirror of one registry has its repositories as they are, one of
 * many has them below the registry's host. Nothing is mixed up by trying: a digest is asked for, not a name.
 * @returns the image's own name when no mirror is for its registry.
 */
export function namesInMirrors({ host, repository }: ImageReference, { registries }: Mirrors): readonly MirroredName[] {
  const names = registries
    .filter(({ of }) => of === undefined || of === host)
    .flatMap(({ of, at }) =>
      of === undefined
        ? [
            { name: `${at}/${repository}`, layout: `${at} as one registry` },
            { name: `${at}/${host}/${repository}`, layout: `${at} as many registries` },
          ]
        : [{ name: `${at}/${repository}`, layout: at }],
    )
  return names.length > 0 ? names : [{ name: `${host}/${repository}`, layout: host }]
}

export interface MirroredName {
  readonly name: string
  /** Which mirror, and how its names are made: what worked once is tried first the next time. */
  readonly layout: string
}

/** The hosts, with their ports, that an image of this registry may be asked from. */
export function hostsFor(host: string, mirrors: Mirrors): string[] {
  const names = namesInMirrors({ host, repository: 'any', tag: '' }, mirrors)
  return [...new Set(names.map(({ name }) => parseReference(name).host))]
}

const HOST = /^(?:\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?$/i
const PREFIX = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/

function parseRegistry(text: string, value: string, origin: string): string {
  const shown = `${origin} ${JSON.stringify(value)}`
  const [, scheme] = /^(https?):\/\//i.exec(text) ?? []
  if (scheme !== undefined) {
    throw badInput(
      `${shown} has ${scheme}:// in front of the host, but whether TLS is used is for Docker to say`,
      'leave it out; a registry without TLS is named in "insecure-registries" of /etc/docker/daemon.json',
    )
  }
  const [host = '', ...prefix] = text.replace(/\/$/, '').split('/')
  const [, port] = HOST.exec(host) ?? []
  const isHost = HOST.test(host) && (port === undefined || (Number(port) > 0 && Number(port) < 65_536))
  if (!isHost || !prefix.every((each) => PREFIX.test(each))) {
    throw badInput(
      `${shown} is no mirror`,
      `write it like mirror.example:5000/prefix, docker.io=mirror.example or debian=https://mirror.example/debian`,
    )
  }
  if (!/[.:]/.test(host) && host !== 'localhost') {
    throw badInput(
      `${shown}: Docker takes ${host} for a user of Docker Hub, not for a host`,
      `write its port or its domain: ${host}:5000, ${host}.example`,
    )
  }
  return [host, ...prefix].join('/')
}

function parseUrl(text: string, key: string, origin: string): string {
  // It is written into configurations: nothing that could mean something there.
  if (/^https?:\/\/[\w.:/~@%+[\]-]+$/.test(text) && URL.canParse(text)) return text.replace(/\/$/, '')
  throw badInput(`${origin} ${key}=${text} is no address`, `write it like ${key}=https://mirror.example/${key}`)
}

function unknownKey(key: string, origin: string): Error {
  return badInput(`${origin}: nothing comes from ${JSON.stringify(key)}`, `use one of ${[...REGISTRIES, ...URLS].join(', ')}`)
}
