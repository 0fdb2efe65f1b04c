export const GIB = 1024 ** 3

export const MINIMUM_NODE = '24.0'
export const MINIMUM_DOCKER = '20.10'

/** Two nodes unpack their image into volumes of their own; below the first figure kubelet and etcd fail in odd ways. */
export const MINIMUM_DISK_BYTES = 4 * GIB
export const GOOD_DISK_BYTES = 12 * GIB

/** An idle environment takes about 1.5 GiB. */
export const MINIMUM_MEMORY_BYTES = 2 * GIB
export const GOOD_MEMORY_BYTES = 4 * GIB
/** Compiling Kubernetes. */
export const GOOD_BUILD_MEMORY_BYTES = 8 * GIB

/** kind's advice (its page of known issues); not namespaced, so every node counts against it. */
export const GOOD_INOTIFY = { watches: 524_288, instances: 512 }

export const GOOD_OPEN_FILES = 65_536
export const MINIMUM_OPEN_FILES = 4_096

/** The first Go that gets the toolchain a go.mod asks for by itself. */
export const MINIMUM_GO = '1.21'

/** Compares dotted numbers; what follows them (`+dfsg1`, `-rc.1`) does not count. */
export function isOlder(version: string, minimum: string): boolean {
  const found = numbers(version)
  for (const [index, wanted] of numbers(minimum).entries()) {
    const part = found[index] ?? 0
    if (part !== wanted) return part < wanted
  }
  return false
}

function numbers(version: string): number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number)
}
