import { prerequisiteMissing } from '../errors.ts'
import { SYSTEM_DAEMON } from '../host/daemon.ts'
import { readDocker } from '../host/docker-state.ts'
import type { Host } from '../host/host.ts'
import { notPermitted } from '../host/start-docker.ts'

const MEND = 'statelab doctor --fix'

/**
 * For commands that only look or remove: Docker must answer, but is neither installed nor started for them.
 * @throws {StatelabError} `prerequisite-missing` with the command that mends it.
 */
export async function needDocker(host: Host, signal: AbortSignal): Promise<void> {
  const docker = await readDocker(host, SYSTEM_DAEMON, signal)
  switch (docker.state) {
    case 'running':
      return
    case 'no-cli':
      throw prerequisiteMissing({ en: 'Docker is not installed', zh: '没有安装 Docker' }, MEND)
    case 'not-permitted':
      throw notPermitted(host, docker.detail)
    case 'unreachable':
      throw prerequisiteMissing(
        {
          en: `Docker at ${docker.endpoint} does not answer: ${docker.detail}`,
          zh: `${docker.endpoint} 上的 Docker 没有响应：${docker.detail}`,
        },
        docker.ours ? MEND : 'statelab doctor',
      )
  }
}
