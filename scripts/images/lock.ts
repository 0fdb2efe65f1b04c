import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { messageOf, StatelabError } from '../errors.ts'
import { assertBuildable } from './kubernetes-version.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'not 64 hexadecimal digits')

/** An image in a registry. The digest decides; the tag says to people what it is. */
const pinnedImage = z.strictObject({
  reference: z.string().regex(/^[a-z0-9.-]+(?::\d+)?(?:\/[a-z0-9._-]+)+:[\w.-]+$/, 'not HOST/REPOSITORY:TAG'),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'not sha256: and 64 hexadecimal digits'),
})

const lockSchema = z.strictObject({
  schema: z.literal(2),
  kubernetes: z.strictObject({ default: z.string().regex(/^v1\.\d+\.\d+$/) }),
  kind: z.strictObject({
    version: z.string(),
    programs: z.record(z.string().regex(/^(?:linux|darwin|windows)-(?:amd64|arm64)$/, 'not a platform'), sha256),
  }),
  debian: z.strictObject({ suite: z.string(), image: pinnedImage, packages: z.record(z.string(), z.string()).optional() }),
  node: pinnedImage.refine(({ reference }) => /:v1\.\d+\.\d+$/.test(reference), 'the tag is not a version of Kubernetes'),
  images: z.array(
    z.strictObject({
      context: z.string(),
      version: z.string().optional(),
      references: z.array(z.string()).min(1),
      upstream: pinnedImage.optional(),
    }),
  ),
})

export type ImageLock = z.infer<typeof lockSchema>
export type PinnedImage = z.infer<typeof pinnedImage>

/**
 * Reads the lock file.
 * @throws {StatelabError} `image-failed` when the file is missing or not of the schema.
 */
export async function readImageLock(file: string): Promise<ImageLock> {
  try {
    return lockSchema.parse(parse(await readFile(file, 'utf8')))
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause)
    throw new StatelabError('image-failed', `cannot use the image lock file ${file}: ${why}`, { cause })
  }
}

/**
 * Reads the lock file and fills in the Kubernetes version that is to be built.
 * @param kubernetes a version such as `v1.36.1`; the lock's default when left out.
 * @throws {StatelabError} `image-failed` when the file is missing or not of the schema; `bad-input` for a version of
 * another minor release than the lock's.
 */
export async function loadImageLock(
  file: string,
  kubernetes?: string,
): Promise<ImageLock & { readonly kubernetesVersion: string }> {
  const lock = await readImageLock(file)
  const version = kubernetes ?? lock.kubernetes.default
  assertBuildable(version, lock.kubernetes.default)
  const images = lock.images.map((image) => ({
    ...image,
    references: image.references.map((reference) => reference.replace('${kubernetes}', version)),
  }))
  return { ...lock, images, kubernetesVersion: version }
}

/** The version of Kubernetes in the official node image, such as `v1.36.4`. */
export function nodeVersion({ node }: Pick<ImageLock, 'node'>): string {
  return node.reference.slice(node.reference.lastIndexOf(':') + 1)
}
