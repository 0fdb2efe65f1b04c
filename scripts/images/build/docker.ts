import { CommandFailedError, type CommandRunner } from '../../process/command-runner.ts'

export interface LocalImage {
  readonly id: string
  readonly sizeBytes: number
  readonly createdAt: string
}

/**
 * The image behind a reference in the local Docker, or `undefined`.
 * @throws {CommandFailedError} when Docker cannot say: an image that is only believed missing would be built again.
 */
export async function inspectImage(
  runner: CommandRunner,
  reference: string,
  signal: AbortSignal,
): Promise<LocalImage | undefined> {
  try {
    const { stdout } = await runner.run('docker', ['image', 'inspect', '--format', '{{json .}}', reference], { signal })
    const image = JSON.parse(stdout) as { Id: string; Size: number; Created: string }
    return { id: image.Id, sizeBytes: image.Size, createdAt: image.Created }
  } catch (error) {
    if (error instanceof CommandFailedError && /no such image/i.test(error.stderr)) return undefined
    throw error
  }
}

export interface BuildImageOptions {
  readonly tag: string
  readonly context: string
  readonly dockerfile?: string
  readonly args?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/** Builds an image. The parents are local images: nothing is ever pulled. */
export async function buildImage(runner: CommandRunner, options: BuildImageOptions): Promise<void> {
  const { tag, context, dockerfile, args = {}, labels = {}, signal, progress } = options
  const pairs = (flag: string, values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`])
  await runner.run(
    'docker',
    [
      'build',
      '--force-rm',
      '--tag',
      tag,
      ...(dockerfile === undefined ? [] : ['--file', dockerfile]),
      ...pairs('--build-arg', args),
      ...pairs('--label', labels),
      context,
    ],
    // The classic builder is in every engine, and takes a local image as a parent without asking a registry for it.
    { signal, onLine: progress, env: { DOCKER_BUILDKIT: '0' } },
  )
}
