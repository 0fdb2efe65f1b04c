import { readFile, rm } from 'node:fs/promises'
import { REQUESTS_FILE } from './requests-file.ts'

export interface RequestCount {
  readonly reads: number
  /** Requests that are no GET. */
  readonly writes: number
}

/**
 * Runs a Node program and counts what it sends to one server. Other clients of that server, a cluster's own controllers
 * among them, are not counted.
 * @param options.server such as `https://127.0.0.1:6443`.
 * @param options.file is written, and removed again.
 * @param run is given the variables that the program must be started with.
 * @throws {Error} when the program asked the server nothing: then a count of 0 says nothing.
 */
export async function countRequests(
  { server, file }: { readonly server: string; readonly file: string },
  run: (variables: Readonly<Record<string, string>>) => Promise<unknown>,
): Promise<RequestCount> {
  const recorder = new URL('record-requests.ts', import.meta.url).href
  await rm(file, { force: true })
  try {
    await run({ NODE_OPTIONS: `--import ${recorder}`, [REQUESTS_FILE]: file })
    const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n')
    const methods = lines
      .map((line) => line.split(' '))
      .flatMap(([method, url = '']) => (url.startsWith(`${server}/`) ? [method] : []))
    const reads = methods.filter((method) => method === 'GET').length
    if (reads === 0) throw new Error(`nothing was asked of ${server}`)
    return { reads, writes: methods.length - reads }
  } finally {
    await rm(file, { force: true })
  }
}
