import { z } from 'zod'
import { SOURCE_NAMES } from '../source.ts'

/** Where everything of a bundle lies, below its one folder `statelab/`, which is a project that can be used as it is. */
export const ROOT = 'statelab/'
export const BUNDLE_FOLDER = 'bundle'
export const BUNDLE_JSON = `${BUNDLE_FOLDER}/bundle.json`
export const CHECKSUMS = `${BUNDLE_FOLDER}/SHA256SUMS`
export const INDEX = `${BUNDLE_FOLDER}/index.json`
export const KIND = `${BUNDLE_FOLDER}/kind`
export const BLOBS = `${BUNDLE_FOLDER}/blobs/sha256/`

const bundleSchema = z.strictObject({
  schema: z.literal(1),
  /** The version of statelab that made it, and that can use it. */
  statelab: z.string(),
  kubernetes: z.string(),
  /** What its programs and images are made for, such as `linux-x64`. */
  platform: z.string(),
  /** Where its images came from. */
  source: z.enum(SOURCE_NAMES),
  labs: z.array(z.string()),
  provision: z.strictObject({
    nodeImage: z.string(),
    nfsServerImage: z.string(),
    provisionerImage: z.string(),
    metricsServerImage: z.string().optional(),
  }),
  /** What manifests may say, and what meets it. */
  references: z.array(
    z.strictObject({ reference: z.string(), digest: z.string().optional(), bytes: z.number().int().optional() }),
  ),
  /** What lies beside this file. */
  files: z.record(z.string(), z.string()),
})

export type BundleJson = z.infer<typeof bundleSchema>

/** @throws {Error} saying what is wrong with it. */
export function parseBundleJson(text: string): BundleJson {
  const result = bundleSchema.safeParse(JSON.parse(text))
  if (!result.success) throw new Error(z.prettifyError(result.error))
  return result.data
}

/** Why this statelab cannot use a bundle, in one phrase; `undefined` when it can. */
export function whyUnusable(
  bundle: Pick<BundleJson, 'statelab' | 'platform' | 'kubernetes'>,
  { version, platform, kubernetes }: Machine,
): string | undefined {
  if (bundle.statelab !== version) return `it is of statelab ${bundle.statelab}, and this is ${version}`
  if (bundle.platform !== platform) return `it is for ${bundle.platform}, and this machine is ${platform}`
  if (kubernetes !== undefined && kubernetes !== bundle.kubernetes) {
    return `it has Kubernetes ${bundle.kubernetes}, not ${kubernetes}`
  }
  return undefined
}

/** What a bundle must fit. */
export interface Machine {
  readonly version: string
  /** As Node names it, such as `linux-x64`. */
  readonly platform: string
  /** The Kubernetes version that was asked for, if any. */
  readonly kubernetes?: string | undefined
}
