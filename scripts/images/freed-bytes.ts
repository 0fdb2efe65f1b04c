import type { ListedImage } from './local-images.ts'

/**
 * How much disk the removal of names gives back: what the images that lose all of theirs do not share with those that
 * stay, each layer once.
 * @param all every image there was, the intermediate ones included: their sizes tell those of layers.
 */
export function freedBytes(
  all: readonly ListedImage[],
  removed: readonly { readonly reference: string; readonly id: string }[],
): number {
  const names = new Set(removed.map(({ reference }) => reference))
  const isGone = ({ id, tags }: ListedImage): boolean => (tags.length === 0 ? names.has(id) : tags.every((tag) => names.has(tag)))
  const sizes = new Map(all.map((image) => [image.layers.join(), image.sizeBytes]))
  const counted = new Set<string>([''])
  // A step of a build stays only as long as something is built on it.
  const steps = new Set(all.map(({ parent }) => parent))
  const isStep = ({ id, tags }: ListedImage): boolean => tags.length === 0 && steps.has(id)
  for (const { layers } of all.filter((image) => !isStep(image) && !isGone(image))) addPrefixes(layers, counted)
  let bytes = 0
  for (const { layers, sizeBytes } of all.filter(isGone)) {
    const prefixes = layers.map((_, index) => layers.slice(0, index + 1).join())
    const shared = prefixes.filter((prefix) => counted.has(prefix)).map((prefix) => sizes.get(prefix) ?? 0)
    bytes += Math.max(0, sizeBytes - Math.max(0, ...shared))
    addPrefixes(layers, counted)
  }
  return bytes
}

function addPrefixes(layers: readonly string[], to: Set<string>): void {
  for (let length = 1; length <= layers.length; length += 1) to.add(layers.slice(0, length).join())
}
