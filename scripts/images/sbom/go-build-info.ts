/** What Go writes into every program: its compiler, and the modules that are compiled in. */
export interface GoBuildInfo {
  /** Such as `1.26.8`. */
  readonly go: string
  /** The first is the program's own module. */
  readonly modules: readonly GoModule[]
}

export interface GoModule {
  readonly path: string
  /** Missing for a module that was built from its folder. */
  readonly version?: string
}

/**
 * Finds the build information in a program that is read piece by piece: not more of it is kept than one piece. Programs
 * of Go 1.18 and later are understood.
 */
export class GoBuildInfoScanner {
  found: GoBuildInfo | undefined
  #rest: Buffer = Buffer.alloc(0)
  #state: 'start' | 'scanning' | 'done' = 'start'

  push(chunk: Buffer): void {
    if (this.#state === 'done') return
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (this.#state === 'start') {
      if (this.#rest.length < ELF.length) return
      this.#state = this.#rest.subarray(0, ELF.length).equals(ELF) ? 'scanning' : 'done'
    }
    if (this.#state === 'scanning') this.#scan()
    if (this.#state === 'done') this.#rest = Buffer.alloc(0)
  }

  #scan(): void {
    for (;;) {
      const at = this.#rest.indexOf(MAGIC)
      this.#rest = this.#rest.subarray(at === -1 ? Math.max(0, this.#rest.length - MAGIC.length + 1) : at)
      if (at === -1) return
      const read = parseBlob(this.#rest)
      if (read === 'incomplete') return
      if (read !== 'invalid') {
        this.found = read
        this.#state = 'done'
        return
      }
      // The magic is also a constant in programs that read other programs.
      this.#rest = this.#rest.subarray(1)
    }
  }
}

const ELF = Buffer.from('\x7fELF', 'latin1')
const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1')
/** The header of the blob: the magic, the size of a pointer, flags. */
const HEADER = 32
const FLAGS_AT = 15
const INLINE_STRINGS = 2
/** Longer than any real one, so that bytes which only look like a length are not waited for. */
const LONGEST = 1024 * 1024
/** Sixteen bytes before and after the list of modules, by which programs find it in memory. */
const SENTINEL = 16

function parseBlob(blob: Buffer): GoBuildInfo | 'incomplete' | 'invalid' {
  if (blob.length <= HEADER) return 'incomplete'
  if (((blob[FLAGS_AT] ?? 0) & INLINE_STRINGS) === 0) return 'invalid'
  const version = readString(blob, HEADER)
  if (typeof version === 'string') return version
  const go = /^go(\d\S*)/.exec(version.bytes.toString('latin1'))?.[1]
  if (go === undefined) return 'invalid'
  const modules = readString(blob, version.end)
  if (typeof modules === 'string') return modules
  return { go, modules: parseModules(modules.bytes.subarray(SENTINEL, -SENTINEL).toString('utf8')) }
}

/** A string behind its length, which is a variable-length integer of seven bits a byte. */
function readString(blob: Buffer, start: number): { bytes: Buffer; end: number } | 'incomplete' | 'invalid' {
  let length = 0
  let at = start
  for (let shift = 0; ; shift += 7) {
    const byte = blob[at]
    if (byte === undefined) return 'incomplete'
    at += 1
    length += (byte & 0x7f) * 2 ** shift
    if (length > LONGEST) return 'invalid'
    if (byte < 0x80) break
  }
  return at + length > blob.length ? 'incomplete' : { bytes: blob.subarray(at, at + length), end: at + length }
}

/** Lines of `mod`, `dep`, and `=>`, which replaces the line before it; each with a path, a version and a checksum. */
function parseModules(text: string): GoModule[] {
  const modules: GoModule[] = []
  for (const line of text.split('\n')) {
    const [kind, path = '', version = ''] = line.split('\t')
    if (kind !== 'mod' && kind !== 'dep' && kind !== '=>') continue
    if (kind === '=>') modules.pop()
    modules.push({ path, ...(version !== '' && version !== '(devel)' && { version }) })
  }
  return modules
}
