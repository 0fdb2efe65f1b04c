import { createHash } from 'node:crypto'

/** SHA-256 of something, in hexadecimal digits. */
export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

/** SHA-256 of all that comes, in hexadecimal digits. */
export async function sha256Of(content: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of content) hash.update(chunk)
  return hash.digest('hex')
}

/**
 * What `sha256sum --check` reads. The first line, a comment to that program, is the checksum of the others: what is wrong
 * with the list itself is told from what is wrong with a file.
 * @param sums path → checksum.
 */
export function formatChecksums(sums: ReadonlyMap<string, string>): string {
  const lines = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, sum]) => `${sum}  ${path}\n`)
  return `# ${sha256(lines.join(''))}\n${lines.join('')}`
}

/** @returns path → checksum; `undefined` when the text is not, to the bit, what `formatChecksums` makes. */
export function parseChecksums(text: string): ReadonlyMap<string, string> | undefined {
  const lines = text.split('\n').slice(1, -1)
  const sums = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]))
  return formatChecksums(sums) === text ? sums : undefined
}
