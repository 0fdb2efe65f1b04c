import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceName } from './source.ts'

/** Every image that statelab makes carries it, with the id of what it is, so that old ones can be found. */
export const IMAGE_LABEL = 'dev.statelab.image'

export interface ImageFacts {
  /** What it is, such as `nfs-server`. */
  readonly id: string
  readonly source: SourceName
  /** A few words for people. */
  readonly title: string
  /** Of what the image is for: of Redis in an image of Redis. */
  readonly version?: string | undefined
  /** An SPDX expression, of what the image is for; the packages' own licences are in the image. */
  readonly licences?: string | undefined
  /** Where the project is. */
  readonly repository?: string | undefined
}

/** The labels of an image that statelab makes: its own, and those that the OCI image specification defines. */
export function imageLabels(facts: ImageFacts): Record<string, string> {
  const { id, source, title, version, licences, repository } = facts
  const labels: Record<string, string | undefined> = {
    [IMAGE_LABEL]: id,
    'dev.statelab.source': source,
    'org.opencontainers.image.title': title,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': licences,
    'org.opencontainers.image.source': repository,
    'org.opencontainers.image.vendor': 'statelab',
  }
  return Object.fromEntries(Object.entries(labels).filter((label): label is [string, string] => label[1] !== undefined))
}

/** The project's version, and the address of its repository when package.json has one. */
export async function projectFacts(root: string): Promise<{ readonly version: string; readonly repository: string | undefined }> {
  const { version, repository } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string
    repository?: string | { url?: string }
  }
  const url = typeof repository === 'string' ? repository : repository?.url
  return { version, repository: url?.replace(/^git\+/, '').replace(/\.git$/, '') }
}
