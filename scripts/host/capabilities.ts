import type { Host } from './host.ts'

/**
 * What `docker run --privileged` asks for and the kernel would refuse, because the process is bounded: a sandbox or a
 * microVM often withholds a capability, and then runc fails with "unable to apply caps".
 * @param pid the process that starts containers, or `self`: they mostly share their bounds.
 * @returns names such as `CAP_SYS_RESOURCE`; empty also where there is no /proc to ask.
 */
export async function missingCapabilities(host: Host, pid: number | 'self'): Promise<string[]> {
  const status = (await host.readText(`/proc/${pid}/status`)) ?? (await host.readText('/proc/self/status'))
  const bounding = boundingSet(status ?? '')
  if (bounding === undefined) return []
  const last = Number((await host.readText('/proc/sys/kernel/cap_last_cap')) ?? CAPABILITIES.length - 1)
  return CAPABILITIES.slice(0, last + 1).filter((_, bit) => (bounding & (1n << BigInt(bit))) === 0n)
}

function boundingSet(status: string): bigint | undefined {
  const hex = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  return hex === undefined ? undefined : BigInt(`0x${hex}`)
}

/** In the order of the kernel's numbers (include/uapi/linux/capability.h). */
const CAPABILITIES: readonly string[] = [
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE',
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN',
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE',
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE',
].flatMap((line) => line.split(' ').map((name) => `CAP_${name}`))
