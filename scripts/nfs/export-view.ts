/** What the export holds, looked at from the server side. Read-only; used by checks. */
export interface ExportView {
  /** The names in a directory of the export, `''` for its root; `undefined` when there is no such directory. */
  list(directory: string, signal: AbortSignal): Promise<ExportEntry[] | undefined>
  /** A file's bytes as latin-1 text, so that binary files such as an RDB can be searched; `undefined` when there is none. */
  read(file: string, signal: AbortSignal): Promise<string | undefined>
  /** The command a person types to see what is there, or what is in it: `docker exec … ls -la /export/…`, or `cat`. */
  command(path: string, program?: 'ls' | 'cat'): string
}

export interface ExportEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'other'
  /** Permission bits, such as 0o777. */
  readonly mode: number
  readonly sizeBytes: number
  readonly modifiedAt: Date
}
