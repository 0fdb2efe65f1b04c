import { missingDebianPackages } from '../apt.ts'
import { isOlder, MINIMUM_GO, MINIMUM_NODE } from '../requirements.ts'
import { type DoctorView, fail, type HostCheck, ok, type Verdict, warn } from './check.ts'

export const TOOLCHAIN_CHECKS: readonly HostCheck[] = [
  { id: 'node', look: node },
  { id: 'go', look: go },
  { id: 'mmdebstrap', look: mmdebstrap },
]

/** What building images from packages takes from Debian. */
export const BUILD_PACKAGES: readonly string[] = ['mmdebstrap']

async function node({ host }: DoctorView): Promise<Verdict> {
  if (!isOlder(host.nodeVersion, MINIMUM_NODE)) return ok(host.nodeVersion)
  return fail(`Node.js ${host.nodeVersion} is older than ${MINIMUM_NODE}`, `install Node.js ${MINIMUM_NODE} or later`)
}

async function go({ host, signal, builds }: DoctorView): Promise<Verdict | undefined> {
  if (host.platform !== 'linux') return undefined
  const fix = 'install Go: https://go.dev/doc/install'
  const version = await goVersion()
  if (version === undefined) return lacking(builds, 'there is no go program', fix)
  if (isOlder(version, MINIMUM_GO)) return lacking(builds, `Go ${version} is older than ${MINIMUM_GO}`, fix)
  return ok(version)

  async function goVersion(): Promise<string | undefined> {
    try {
      const { stdout } = await host.runner.run('go', ['version'], { signal })
      return /go(\d[\d.]*)/.exec(stdout)?.[1]
    } catch {
      signal.throwIfAborted()
      return undefined
    }
  }
}

async function mmdebstrap({ host, signal, builds }: DoctorView): Promise<Verdict | undefined> {
  if (host.platform !== 'linux') return undefined
  const missing = await missingDebianPackages(host, BUILD_PACKAGES, signal)
  if (missing.length === 0) return ok(`${BUILD_PACKAGES.join(', ')} installed`)
  return lacking(builds, `${missing.join(', ')} not installed`, 'scripts/statelab doctor --fix')
}

/** Only `--source packages` needs it. */
function lacking(builds: boolean, detail: string, fix: string): Verdict {
  return builds ? fail(detail, fix) : warn(`${detail} (only needed to build images from packages)`, fix)
}
