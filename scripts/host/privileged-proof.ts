import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../errors.ts'
import { cleanupSignal } from '../wait/deadline.ts'
import { type Daemon, dockerEnv } from './daemon.ts'
import type { DockerFacts } from './docker-facts.ts'
import { exitImage } from './exit-image.ts'
import type { Host } from './host.ts'

/**
 * Starts a privileged container of 130 bytes, and removes it: about half a second, and no image is needed. The kernel's
 * answer counts more than a comparison of capabilities, since later Docker versions ask only for what there is.
 * @returns what Docker said when it did not work; `undefined` when it did, or when no program for this processor is known.
 */
export async function whyPrivilegedFails(
  host: Host,
  daemon: Daemon,
  facts: DockerFacts,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (facts.architecture === 'other') return undefined
  const name = `statelab-probe-${randomUUID().slice(0, 8)}`
  const env = dockerEnv(daemon)
  const folder = await mkdtemp(join(tmpdir(), 'statelab-'))
  try {
    const archive = join(folder, 'exit.tar')
    await writeFile(archive, exitImage(facts.architecture))
    await host.runner.run('docker', ['import', archive, `${name}:latest`], { signal, env })
    await host.runner.run('docker', ['run', '--rm', '--name', name, '--privileged', '--network', 'none', name, '/exit'], {
      signal,
      env,
    })
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    return messageOf(error)
  } finally {
    const cleanup = { signal: cleanupSignal(20_000), env, allow: 'any' as const }
    await Promise.allSettled([
      rm(folder, { recursive: true, force: true }),
      host.runner.run('docker', ['rm', '-f', name], cleanup),
    ])
    await host.runner.run('docker', ['rmi', '-f', `${name}:latest`], cleanup).catch(() => undefined)
  }
}
