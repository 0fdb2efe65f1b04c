import { z } from 'zod'
import { sha256 } from './checksums.ts'

/** One layer, as a compressed blob. */
export interface Layer {
  /** `sha256:…` of the compressed bytes. */
  readonly digest: string
  readonly bytes: number
  /** `sha256:…` of what it unpacks to, by which the image's configuration names it. */
  readonly diffId: string
  readonly unpackedBytes: number
}

/** An image, as Docker exports it. */
export interface Image {
  /** By which it is known, such as `statelab/node-image:v1`. */
  readonly name: string
  /** JSON, to the bit: its SHA-256 is the image's id. */
  readonly config: Buffer
  readonly layers: readonly Layer[]
}

const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json'
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+zstd'
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
const NAME = 'io.containerd.image.name'
/** How far a layer may grow: what is unpacked is bounded by what was announced. */
const UNPACKED = 'dev.statelab.unpacked-bytes'

export const OCI_LAYOUT = JSON.stringify({ imageLayoutVersion: '1.0.0' })

/** The index of a layout, and the manifests that it names. */
export function layoutOf(images: readonly Image[]): { index: Buffer; manifests: readonly Buffer[] } {
  const manifests = images.map(({ config, layers }) =>
    jsonBytes({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: descriptor(CONFIG_TYPE, config),
      layers: layers.map(({ digest, bytes, unpackedBytes }) => ({
        mediaType: LAYER_TYPE,
        digest,
        size: bytes,
        annotations: { [UNPACKED]: String(unpackedBytes) },
      })),
    }),
  )
  const entries = manifests.map((manifest, position) => ({
    ...descriptor(MANIFEST_TYPE, manifest),
    annotations: { [NAME]: images[position]?.name },
  }))
  return { index: jsonBytes({ schemaVersion: 2, manifests: entries }), manifests }
}

const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const descriptorSchema = z.object({ digest: digestSchema, size: z.number().int().nonnegative() })
const manifestSchema = z.object({
  config: descriptorSchema,
  layers: z.array(
    descriptorSchema.extend({
      mediaType: z.literal(LAYER_TYPE),
      annotations: z.object({ [UNPACKED]: z.string().regex(/^\d{1,15}$/) }),
    }),
  ),
})
const indexSchema = z.object({
  manifests: z.array(descriptorSchema.extend({ annotations: z.object({ [NAME]: z.string().min(1) }) })),
})
const configSchema = z.object({ rootfs: z.object({ diff_ids: z.array(digestSchema) }) })

/** A piece of content, by its digest. */
export interface Blob {
  readonly digest: string
  readonly bytes: number
}

/** @returns the images of an index by name, each as its manifest. */
export function readIndex(index: string): readonly (Blob & { readonly name: string })[] {
  return indexSchema
    .parse(JSON.parse(index))
    .manifests.map(({ digest, size, annotations }) => ({ digest, bytes: size, name: annotations[NAME] }))
}

export function readManifest(manifest: string): {
  readonly config: Blob
  readonly layers: readonly (Blob & { readonly unpackedBytes: number })[]
} {
  const { config, layers } = manifestSchema.parse(JSON.parse(manifest))
  return {
    config: { digest: config.digest, bytes: config.size },
    layers: layers.map(({ digest, size, annotations }) => ({
      digest,
      bytes: size,
      unpackedBytes: Number(annotations[UNPACKED]),
    })),
  }
}

/** The digests of an image's layers, unpacked. */
export function readDiffIds(config: string): readonly string[] {
  return configSchema.parse(JSON.parse(config)).rootfs.diff_ids
}

function descriptor(mediaType: string, content: Buffer): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: `sha256:${sha256(content)}`, size: content.length }
}

function jsonBytes(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`)
}
