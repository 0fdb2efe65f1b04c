import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { messageOf, StatelabError } from '../errors.ts'
import { assertBuildable } from './kubernetes-version.ts'

const lockSchema = z.strictObject({
  schema: z.literal(1),
  kubernetes: z.strictObject({ default: z.string().regex(/^v1\.\d+\.\d+$/) }),
  kind: z.strictObject({ version: z.string() }),
  debian: z.strictObject({ suite: z.string() }),
  images: z.array(
    z.strictObject({
      context: z.string(),
      version: z.string().optional(),
      references: z.array(z.string()).min(1),
    }),
  ),
})

export type ImageLock = z.infer<typeof lockSchema>

/**
 * Reads the lock file and fills in the Kubernetes version.
 * @param kubernetes a version such as `v1.36.1`; the lock's default when left out.
 * @throws {StatelabError} `image-failed` when the file is missing or not of the schema; `bad-input` for a version of
 * another minor release than the lock's.
 */
export async function loadImageLock(
  file: string,
  kubernetes?: string,
): Promise<ImageLock & { readonly kubernetesVersion: string }> {
  const lock = await readLock(file)
  const version = kubernetes ?? lock.kubernetes.default
  assertBuildable(version, lock.kubernetes.default)
  const images = lock.images.map((image) => ({
    ...image,
    references: image.references.map((reference) => reference.replace('${kubernetes}', version)),
  }))
  return { ...lock, images, kubernetesVersion: version }
}

async function readLock(file: string): Promise<ImageLock> {
  try {
    return lockSchema.parse(parse(await readFile(file, 'utf8')))
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause)
    throw new StatelabError('image-failed', `cannot use the image lock file ${file}: ${why}`, { cause })
  }
}
