import type { CommandRunner } from '../process/command-runner.ts'

/** An image of the local Docker. */
export interface ListedImage {
  readonly id: string
  /** The id of the image that it was made from, a step of a build before; empty where Docker does not keep it. */
  readonly parent: string
  /** `REPOSITORY:TAG`; none for an image that only others are built on, or that nothing needs any more. */
  readonly tags: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly sizeBytes: number
  /** The digests of its layers, the lowest first. */
  readonly layers: readonly string[]
}

/** Every image of the local Docker, the intermediate ones of builds included. */
export async function listImages(runner: CommandRunner, signal: AbortSignal): Promise<readonly ListedImage[]> {
  const { stdout } = await runner.run('docker', ['image', 'ls', '--all', '--quiet', '--no-trunc'], { signal })
  const ids = [...new Set(stdout.split('\n').filter((id) => id !== ''))]
  if (ids.length === 0) return []
  // One that goes away between the two commands is no failure.
  const inspect = ['image', 'inspect', '--format', '{{json .}}', ...ids]
  const { stdout: lines } = await runner.run('docker', inspect, { signal, allow: [0, 1] })
  return lines
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => {
      const image = JSON.parse(line) as DockerImage
      return {
        id: image.Id,
        parent: image.Parent ?? '',
        tags: image.RepoTags ?? [],
        labels: image.Config?.Labels ?? {},
        sizeBytes: image.Size,
        layers: image.RootFS?.Layers ?? [],
      }
    })
}

interface DockerImage {
  readonly Id: string
  readonly Parent?: string
  readonly RepoTags: readonly string[] | null
  readonly Size: number
  readonly Config?: { readonly Labels?: Readonly<Record<string, string>> | null }
  readonly RootFS?: { readonly Layers?: readonly string[] | null }
}

/** The ids of images that containers are made of, running or not. */
export async function imagesInUse(runner: CommandRunner, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const { stdout } = await runner.run('docker', ['ps', '--all', '--quiet', '--no-trunc'], { signal })
  const containers = stdout.split('\n').filter((id) => id !== '')
  if (containers.length === 0) return new Set()
  const inspect = ['container', 'inspect', '--format', '{{.Image}}', ...containers]
  const { stdout: images } = await runner.run('docker', inspect, { signal, allow: [0, 1] })
  return new Set(images.split('\n'))
}
