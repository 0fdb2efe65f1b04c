/**
 * Loaded into a process before its program (`node --import`): writes down every HTTP request that it sends, one a line,
 * into the file that the variable names.
 */
import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'
import type { ClientRequest } from 'node:http'
import { REQUESTS_FILE } from './requests-file.ts'

const file = process.env[REQUESTS_FILE]
if (file !== undefined) {
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { request: ClientRequest }
    appendFileSync(file, `${request.method} ${request.protocol}//${request.getHeader('host')}${request.path}\n`)
  })
  // What `fetch` sends goes another way.
  subscribe('undici:request:create', (message) => {
    const { request } = message as { request: { method: string; origin: string; path: string } }
    appendFileSync(file, `${request.method} ${request.origin}${request.path}\n`)
  })
}
