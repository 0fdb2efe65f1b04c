import {
  GIB,
  GOOD_BUILD_MEMORY_BYTES,
  GOOD_DISK_BYTES,
  GOOD_MEMORY_BYTES,
  MINIMUM_DISK_BYTES,
  MINIMUM_MEMORY_BYTES,
} from '../requirements.ts'
import { type DoctorView, factsOf, fail, type HostCheck, ok, type Verdict, warn } from './check.ts'

export const RESOURCE_CHECKS: readonly HostCheck[] = [
  { id: 'disk', look: disk },
  { id: 'memory', look: memory },
]

async function disk(view: DoctorView): Promise<Verdict | undefined> {
  const facts = await factsOf(view)
  if (facts && !facts.local) return undefined
  const folder = facts?.rootDir ?? '/'
  const free = await view.host.freeBytes(folder)
  if (free === undefined) return undefined
  const seen = `${gib(free)} GiB free in ${folder}`
  if (free < MINIMUM_DISK_BYTES) return fail(`${seen}, ${gib(MINIMUM_DISK_BYTES)} are needed`, 'docker system prune')
  return free < GOOD_DISK_BYTES ? warn(`${seen}: ${gib(GOOD_DISK_BYTES)} are comfortable`, 'docker system prune') : ok(seen)
}

async function memory(view: DoctorView): Promise<Verdict> {
  const facts = await factsOf(view)
  const bytes = facts?.memoryBytes || view.host.memoryBytes
  const good = view.builds ? GOOD_BUILD_MEMORY_BYTES : GOOD_MEMORY_BYTES
  const seen = `${gib(bytes)} GiB`
  const fix =
    facts && !facts.local ? "raise the memory of Docker's virtual machine in its settings" : 'use a machine with more memory'
  if (bytes < MINIMUM_MEMORY_BYTES) return fail(`${seen}, ${gib(MINIMUM_MEMORY_BYTES)} are needed`, fix)
  return bytes < good ? warn(`${seen}: ${gib(good)} are comfortable`, fix) : ok(seen)
}

function gib(bytes: number): string {
  return (bytes / GIB).toFixed(1)
}
