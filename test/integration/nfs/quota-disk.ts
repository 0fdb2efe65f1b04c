import { execaRunner } from '../../../scripts/process/execa-runner.ts'
import { CLIENT_IMAGE, docker } from './nfs-client.ts'

/** Larger than any limit: a full disk would be another error. */
const SIZE = '256M'

/**
 * A volume that takes no more than a limit. It is btrfs, which has its quotas in every kernel that has it at all; those of other
 * file systems are often left out. It is mounted in a container that can change the limit, from a file in that container:
 * the loop device ends with the last mount, and nothing else has to be undone.
 */
export class QuotaDisk implements AsyncDisposable {
  readonly volume: string
  readonly #container: string

  private constructor(name: string) {
    this.volume = name
    this.#container = name
  }

  static async create(name: string, limit: string): Promise<QuotaDisk> {
    await using cleanup = new AsyncDisposableStack()
    const disk = cleanup.use(new QuotaDisk(name))
    const privileges = ['--privileged', '--volume', '/dev:/dev', '--network', 'none']
    await docker('run', '--detach', '--name', name, ...privileges, CLIENT_IMAGE)
    const make = `truncate -s ${SIZE} /disk && mkfs.btrfs -q /disk && mount -o loop /disk /mnt/a && btrfs quota enable /mnt/a`
    await disk.#run(make)
    await disk.setLimit(limit)
    const device = await disk.#run('findmnt -n -o SOURCE /mnt/a')
    await docker('volume', 'create', '--opt', 'type=btrfs', '--opt', `device=${device}`, name)
    cleanup.move()
    return disk
  }

  async setLimit(limit: string): Promise<void> {
    await this.#run(`btrfs qgroup limit ${limit} /mnt/a`)
  }

  async #run(script: string): Promise<string> {
    return docker('exec', this.#container, 'bash', '-c', script)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await docker('rm', '--force', '--volumes', this.#container)
    await docker('volume', 'rm', '--force', this.volume)
  }
}

/** Why there can be no such disk on this machine; undefined: there can. */
export async function noQuotaDisk(): Promise<string | undefined> {
  // To ask for a file system is to have its module loaded.
  const ask = 'mount -t btrfs /dev/null /mnt/a 2> /dev/null; grep -qw btrfs /proc/filesystems'
  const args = ['run', '--rm', '--privileged', '--network', 'none', CLIENT_IMAGE, 'bash', '-c', ask]
  const { exitCode } = await execaRunner.run('docker', args, { allow: 'any' })
  return exitCode === 0 ? undefined : 'the kernel has no btrfs, whose quotas this test needs'
}
