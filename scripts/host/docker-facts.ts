import { z } from 'zod'

/** What Docker says about itself. */
export interface DockerFacts {
  readonly serverVersion: string
  readonly cgroupVersion: 1 | 2
  readonly cgroupDriver: string
  /** The folder of images and volumes, on the machine where the daemon runs. */
  readonly rootDir: string
  /** Of the machine where the daemon runs: with Docker Desktop, its virtual machine. */
  readonly memoryBytes: number
  readonly cpus: number
  readonly architecture: 'amd64' | 'arm64' | 'other'
  readonly operatingSystem: string
  readonly defaultRuntime: string
  readonly rootless: boolean
  /** Images are kept by containerd: `kind load docker-image` fails then. */
  readonly containerdImageStore: boolean
  /** The daemon runs on this machine, outside a virtual machine: this machine's kernel and disk are the containers'. */
  readonly local: boolean
}

/** Reads the output of `docker info --format '{{json .}}'`, which is JSON also when no daemon answered. */
export function parseDockerInfo(stdout: string): { facts: Omit<DockerFacts, 'local'> } | { problem: string } {
  const json = parseJson(stdout)
  const info = INFO.safeParse(json)
  if (!info.success) return { problem: 'docker info printed something unexpected' }
  const { data } = info
  const problem = data.ServerErrors?.[0]
  if (problem !== undefined || !data.ServerVersion) return { problem: problem ?? 'docker info names no server' }
  return {
    facts: {
      serverVersion: data.ServerVersion,
      cgroupVersion: data.CgroupVersion === '2' ? 2 : 1,
      cgroupDriver: data.CgroupDriver,
      rootDir: data.DockerRootDir,
      memoryBytes: data.MemTotal,
      cpus: data.NCPU,
      architecture: ARCHITECTURES[data.Architecture] ?? 'other',
      operatingSystem: data.OperatingSystem,
      defaultRuntime: data.DefaultRuntime,
      rootless: (data.SecurityOptions ?? []).some((option) => option.startsWith('name=rootless')),
      containerdImageStore: (data.DriverStatus ?? []).some(
        ([key, value]) => key === 'driver-type' && value?.includes('snapshotter'),
      ),
    },
  }
}

const ARCHITECTURES: Readonly<Record<string, 'amd64' | 'arm64'>> = {
  x86_64: 'amd64',
  amd64: 'amd64',
  aarch64: 'arm64',
  arm64: 'arm64',
}

const INFO = z.object({
  ServerErrors: z.array(z.string()).nullish(),
  ServerVersion: z.string().optional(),
  CgroupVersion: z.string().optional(),
  CgroupDriver: z.string().default(''),
  DockerRootDir: z.string().default(''),
  MemTotal: z.number().default(0),
  NCPU: z.number().default(0),
  Architecture: z.string().default(''),
  OperatingSystem: z.string().default(''),
  DefaultRuntime: z.string().default(''),
  SecurityOptions: z.array(z.string()).nullish(),
  DriverStatus: z.array(z.array(z.string())).nullish(),
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
