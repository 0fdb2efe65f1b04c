import { availableParallelism, release, totalmem, type } from 'node:os'
import { $ } from 'zx'

/** What figures depend on, in one line. Nothing in it names the machine itself. */
export async function describeMachine(): Promise<string> {
  const docker = await $`docker version --format ${'{{.Server.Version}}'}`
  const memory = (totalmem() / 2 ** 30).toFixed(1)
  return [
    `${availableParallelism()} cores`,
    `${memory} GiB memory`,
    // Only the numbers: what follows them names a build.
    `${type()} ${release().replace(/[^\d.].*$/, '')}`,
    `cgroup v${await cgroupVersion()}`,
    `Docker ${docker.stdout.trim().replace(/\+.*$/, '')}`,
    `Node ${process.version}`,
  ].join(', ')
}

export async function cgroupVersion(): Promise<1 | 2> {
  return (await $`docker info --format ${'{{.CgroupVersion}}'}`).stdout.trim() === '1' ? 1 : 2
}
