import { realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/**
 * Makes `node` mean the chosen one for every program that is started from here. Where it does already, PATH stays as it
 * is: moving a folder such as /usr/bin to the front would change which docker or kubectl is found.
 */
export function putFirstOnPath(node) {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const found = folders.map((folder) => realPath(join(folder, name))).find((path) => path !== undefined)
  if (found !== realPath(node)) process.env.PATH = [dirname(node), ...folders].join(delimiter)
}

function realPath(path) {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
