import { asTyped } from '../as-root.ts'
import { GOOD_INOTIFY, GOOD_OPEN_FILES, MINIMUM_OPEN_FILES } from '../requirements.ts'
import { type DoctorView, fail, type HostCheck, ok, type Verdict, warn } from './check.ts'

/** They ask this machine's kernel, and only where it is the containers' kernel too. */
export const KERNEL_CHECKS: readonly HostCheck[] = [
  { id: 'inotify', look: onSharedKernel(inotify) },
  { id: 'fuse', look: onSharedKernel(fuse) },
  { id: 'nfs-client', look: onSharedKernel(nfsClient) },
  { id: 'open-files', look: onSharedKernel(openFiles) },
]

function onSharedKernel(look: (view: DoctorView) => Promise<Verdict>): HostCheck['look'] {
  return async (view) => {
    if (view.host.platform !== 'linux') return undefined
    const docker = await view.docker
    return docker.state === 'running' && !docker.facts.local ? undefined : look(view)
  }
}

async function inotify({ host }: DoctorView): Promise<Verdict> {
  const [watches, instances] = await Promise.all(
    ['max_user_watches', 'max_user_instances'].map(async (name) => Number(await host.readText(`/proc/sys/fs/inotify/${name}`))),
  )
  const seen = `${watches} watches, ${instances} instances`
  if ((watches ?? 0) >= GOOD_INOTIFY.watches && (instances ?? 0) >= GOOD_INOTIFY.instances) return ok(seen)
  const settings = `fs.inotify.max_user_watches=${GOOD_INOTIFY.watches} fs.inotify.max_user_instances=${GOOD_INOTIFY.instances}`
  return warn(`${seen}: several clusters can run out of them ("too many open files")`, asTyped(host, `sysctl -w ${settings}`))
}

async function fuse({ host }: DoctorView): Promise<Verdict> {
  if (await host.exists('/dev/fuse')) return ok('/dev/fuse exists')
  return warn('there is no /dev/fuse: NFS needs the kernel client', asTyped(host, 'modprobe fuse'))
}

async function nfsClient({ host }: DoctorView): Promise<Verdict> {
  const filesystems = (await host.readText('/proc/filesystems')) ?? ''
  if (/\tnfs4?$/m.test(filesystems)) return ok('the kernel has an NFS client')
  const release = (await host.readText('/proc/sys/kernel/osrelease'))?.trim()
  const modules = (await host.readText(`/lib/modules/${release}/modules.dep`)) ?? ''
  if (/\/nfsv4?\.ko/.test(modules)) return ok('the kernel has an NFS client as a module')
  if (await host.exists('/dev/fuse')) return ok('the kernel has no NFS client: volumes are mounted through FUSE')
  return fail(
    'the kernel has neither an NFS client nor FUSE: no volume can be mounted',
    'use a kernel with CONFIG_NFS_V4 or CONFIG_FUSE_FS',
  )
}

async function openFiles({ host }: DoctorView): Promise<Verdict> {
  const limits = (await host.readText('/proc/self/limits')) ?? ''
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1] ?? 'unknown'
  const limit = hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard)
  const detail = `the hard limit of open files is ${hard}`
  const fix = `ulimit -Hn ${GOOD_OPEN_FILES} before Docker starts`
  if (limit < MINIMUM_OPEN_FILES) return fail(detail, fix)
  return limit < GOOD_OPEN_FILES ? warn(`${detail}: enough for one environment`, fix) : ok(detail)
}
