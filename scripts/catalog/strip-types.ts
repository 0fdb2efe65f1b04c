import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/**
 * TypeScript without its types, every character that stays in its place.
 * @returns `undefined` for what is no TypeScript, or not of the kind that Node runs.
 */
export async function stripTypes(source: string): Promise<string | undefined> {
  // Node warns, on stderr, that this function of its is new; in a worker the warning goes nowhere.
  const worker = new Worker(STRIP, { eval: true, workerData: source, stderr: true })
  try {
    const [stripped] = (await once(worker, 'message')) as [string | undefined]
    return stripped
  } finally {
    await worker.terminate()
  }
}

const STRIP = `
const { parentPort, workerData } = require('node:worker_threads')
let stripped
try {
  stripped = require('node:module').stripTypeScriptTypes(workerData)
} catch {}
parentPort.postMessage(stripped)
`
