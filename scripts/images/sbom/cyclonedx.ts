import { createHash } from 'node:crypto'
import { type Component, keyOf } from './components.ts'
import { isSpdx } from './licence-names.ts'

/**
 * Writes a CycloneDX 1.6 document. It has no time and no random number: the same image gives the same bytes.
 * @param image.digest the image's id, `sha256:…`.
 */
export function cycloneDx(image: { readonly name: string; readonly digest: string }, components: readonly Component[]): string {
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${nameUuid(image.digest)}`,
    version: 1,
    metadata: {
      tools: { components: [{ type: 'application', name: 'statelab' }] },
      component: { 'bom-ref': image.digest, type: 'container', name: image.name, version: image.digest },
    },
    components: components.map(describe),
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

function describe(component: Component): object {
  const { type, name, version, purl, licences } = component
  return {
    'bom-ref': keyOf(component),
    type,
    name,
    ...(version !== undefined && { version }),
    ...(licences.length > 0 && {
      licenses: licences.map((licence) => ({ license: isSpdx(licence) ? { id: licence } : { name: licence } })),
    }),
    ...(purl !== undefined && { purl }),
  }
}

/** The namespace that RFC 9562 gives for URLs. */
const NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex')

/** A UUID made from a name, version 5 of RFC 9562. */
function nameUuid(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
