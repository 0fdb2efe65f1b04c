import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadImageLock } from '../../../../scripts/images/lock.ts'
import { GO_PROGRAMS } from '../../../../scripts/images/packages/go-programs.ts'
import { TARGETS } from '../../../../scripts/images/packages/targets.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..', '..')
const IMAGES = join(ROOT, 'images')

const dockerfile = (id: string): string => readFileSync(join(IMAGES, id, 'Dockerfile'), 'utf8')
const inputs = {
  images: IMAGES,
  manifests: join(ROOT, 'manifests'),
  programs: '/programs',
  kindModule: '/kind',
  kubernetes: 'v1.36.1',
}

describe('the targets', () => {
  it('are one for each context of the lock file', async () => {
    const { images } = await loadImageLock(join(ROOT, 'manifests', 'images.lock.yaml'))
    const ids = TARGETS.map(({ id }) => id)
    for (const { context } of images) expect(ids).toContain(context)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('are one for each Dockerfile of images/, Debian and the node on the official one aside', () => {
    const found = readdirSync(IMAGES, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('Dockerfile'))
    const ids = found.map((path) => path.replace(/\/?Dockerfile$/, '').replaceAll('\\', '/'))
    expect(ids.sort()).toEqual(['debian', 'node-upstream', ...TARGETS.map(({ id }) => id)].sort())
  })

  it.each(TARGETS.map((target) => [target.id, target] as const))(
    'give the Dockerfile of %s every argument, and no other',
    (id, target) => {
      const wanted = [...dockerfile(id).matchAll(/^ARG (\w+)/gm)].map(([, name]) => name)
      const given = [...(target.base === undefined ? [] : ['BASE']), ...Object.keys(target.from ?? {})]
      // Debian as mmdebstrap makes it has the archive that was asked for already.
      expect([...new Set(wanted)].filter((name) => name !== 'DEBIAN_MIRROR').sort()).toEqual(given.sort())
    },
  )

  it.each(TARGETS.map(({ id }) => id))(
    'never let the Dockerfile of %s pull: every FROM is an argument, an earlier stage or scratch',
    (id) => {
      const text = dockerfile(id)
      const stages = [...text.matchAll(/^FROM \S+ AS (\S+)/gm)].map(([, name]) => name)
      for (const [, from = ''] of text.matchAll(/^FROM (\S+)/gm)) {
        expect(from === 'scratch' || /^\$\{\w+\}$/.test(from) || stages.includes(from), `FROM ${from}`).toBe(true)
      }
    },
  )

  it.each(TARGETS.filter(({ context }) => context).map((target) => [target.id, target] as const))(
    'give %s a context of files that exist, with a Dockerfile and the programs that its key is made from',
    (id, { context, programs = [] }) => {
      const entries = context?.(inputs) ?? []
      for (const entry of entries)
        if ('from' in entry && entry.from.startsWith(ROOT)) expect(existsSync(entry.from), entry.from).toBe(true)
      const dockerfileAt = entries.some(
        (entry) => entry.to === 'Dockerfile' || ('from' in entry && entry.from === join(IMAGES, id)),
      )
      expect(dockerfileAt).toBe(true)
      const copied = entries.flatMap((entry) =>
        'from' in entry && entry.from.startsWith('/programs/') ? [entry.from.slice('/programs/'.length)] : [],
      )
      expect(copied.sort()).toEqual([...programs].sort())
    },
  )

  it('take only programs that are built', () => {
    for (const name of TARGETS.flatMap(({ programs }) => programs ?? [])) expect(Object.keys(GO_PROGRAMS)).toContain(name)
  })

  it('put the version into the node where kind looks for it', () => {
    const node = TARGETS.find(({ id }) => id === 'node')
    expect(node?.context?.(inputs)).toContainEqual({ to: 'files/kind/version', text: 'v1.36.1' })
  })

  it('link every name that the one program answers to', () => {
    const links =
      TARGETS.find(({ id }) => id === 'kube')
        ?.context?.(inputs)
        .filter((entry) => 'link' in entry) ?? []
    const main = readFileSync(join(IMAGES, 'node', 'kube', 'main.go'), 'utf8')
    const programs = [...main.matchAll(/^\t"([a-z-]+)": +\w+,$/gm)].map(([, name]) => name)
    expect(programs).toContain('kubelet')
    expect(links.map(({ to }) => to.replace('programs/', '')).sort()).toEqual(programs)
  })
})
