import type { NfsMachine } from '../nfs/nfs-machine.ts'

/** Stands in manifests and commands of labs for the address of the NFS server, which differs between environments. */
const PLACEHOLDER = '$NFS_SERVER'

/**
 * Puts the address of the environment's NFS server where a lab says `$NFS_SERVER`: in the values of objects, not in
 * their text, so that no address can break the YAML.
 * @returns the address besides, where the lab names it.
 */
export async function withServerAddress<T>(
  value: T,
  nfs: NfsMachine,
  signal: AbortSignal,
): Promise<{ readonly value: T; readonly address?: string }> {
  if (!JSON.stringify(value).includes(PLACEHOLDER)) return { value }
  const address = await nfs.address(signal)
  return { value: fill(value, address) as T, address }
}

/** The command that prints a file with the address in it. */
export function fillingCommand(file: string, address: string): readonly string[] {
  return ['sed', `s/${PLACEHOLDER}/${address}/`, file]
}

function fill(value: unknown, address: string): unknown {
  if (typeof value === 'string') return value.replaceAll(PLACEHOLDER, address)
  if (Array.isArray(value)) return value.map((each) => fill(each, address))
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fill(each, address)]))
}
