import { badInput } from '../errors.ts'

/**
 * Reads the Kubernetes version that a user asks for.
 * @returns it as `v1.36.1`; the `v` may be left out.
 * @throws {StatelabError} `bad-input` for anything but major, minor and patch.
 */
export function parseKubernetesVersion(text: string, name = '--kubernetes'): string {
  const [, numbers] = /^v?((?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2})$/.exec(text) ?? []
  if (numbers === undefined)
    throw badInput(`${name} ${JSON.stringify(text)} is not a version of Kubernetes`, 'write it like v1.36.1')
  return `v${numbers}`
}

/**
 * What else is in a node (etcd, CoreDNS, the modules that Kubernetes is built with) fits one minor release of it.
 * @param pinned the version of the lock file.
 * @throws {StatelabError} `bad-input` for a version of another minor release.
 */
export function assertBuildable(version: string, pinned: string): void {
  const minor = minorOf(pinned)
  if (minorOf(version) === minor) return
  throw badInput(
    `this version of statelab makes Kubernetes ${minor}.x, not ${version}`,
    `use a release of ${minor}, such as ${pinned}`,
  )
}

function minorOf(version: string): string {
  return version.slice(0, version.lastIndexOf('.'))
}
