/**
 * Docker's own filter refuses name_to_handle_at, which makes NFS file handles, to everything that has not CAP_SYS_ADMIN,
 * and that capability is nearly root on the host. This filter refuses what Docker's does otherwise, and the capability is
 * not given.
 */
export function seccompProfile(): string {
  return JSON.stringify({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      { names: DENIED_SYSTEM_CALLS, action: 'SCMP_ACT_ERRNO', errnoRet: EPERM },
      // A new user namespace would give capabilities back. The C library tries clone when clone3 is "not implemented".
      {
        names: ['clone'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: EPERM,
        args: [{ index: 0, op: 'SCMP_CMP_MASKED_EQ', value: CLONE_NEWUSER, valueTwo: CLONE_NEWUSER }],
      },
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
    ],
  })
}

const EPERM = 1
const ENOSYS = 38
const CLONE_NEWUSER = 0x1000_0000

export const DENIED_SYSTEM_CALLS = [
  ...['mount', 'umount', 'umount2', 'pivot_root', 'chroot', 'fsopen', 'fsconfig', 'fsmount', 'fspick', 'move_mount'],
  ...['open_tree', 'mount_setattr', 'swapon', 'swapoff', 'quotactl', 'quotactl_fd', 'unshare', 'setns'],
  ...['bpf', 'perf_event_open', 'userfaultfd', 'ptrace', 'process_vm_readv', 'process_vm_writev', 'kcmp', 'lookup_dcookie'],
  ...['init_module', 'finit_module', 'delete_module', 'create_module', 'get_kernel_syms', 'query_module', 'kexec_load'],
  ...['kexec_file_load', 'reboot', 'acct', 'nfsservctl', 'syslog', 'iopl', 'ioperm', 'vm86', 'vm86old', 'sethostname'],
  ...['setdomainname', 'settimeofday', 'clock_settime', 'clock_adjtime', 'adjtimex', 'stime', 'vhangup', 'uselib', 'ustat'],
  ...['sysfs', '_sysctl', 'personality', 'add_key', 'keyctl', 'request_key', 'fanotify_init', 'move_pages', 'mbind'],
  ...['set_mempolicy', 'migrate_pages', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'],
]
