import { randomUUID } from 'node:crypto'
import { appendFile, cp, glob, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { $ } from 'zx'
import { loadImageLock } from '../images/lock.ts'
import { resolvePlan } from '../images/packages/plan.ts'
import type { Workbench } from './workbench.ts'

/** A copy of the project of which nothing was ever built. Disposing of it removes all that was built from it. */
export interface ColdProject extends AsyncDisposable {
  readonly root: string
  readonly cacheFolder: string
  readonly goCache: string
  readonly goModules: string
}

/** Tags are made from content, so each Dockerfile gets a line that no other has: no image of this machine fits it. */
export async function coldProject(bench: Workbench): Promise<ColdProject> {
  const folder = join(bench.folder, 'cold')
  const project = {
    root: join(folder, 'project'),
    cacheFolder: join(folder, 'cache'),
    goCache: join(folder, 'go-cache'),
    goModules: join(folder, 'go-modules'),
  }
  await mkdir(folder)
  for (const part of ['images', 'manifests', 'package.json'])
    await cp(join(bench.root, part), join(project.root, part), { recursive: true })
  const line = `\n# ${randomUUID()}\n`
  for await (const file of glob('images/**/Dockerfile', { cwd: project.root })) await appendFile(join(project.root, file), line)
  return { ...project, [Symbol.asyncDispose]: () => removeAll(folder, project) }
}

async function removeAll(folder: string, { root, cacheFolder }: Pick<ColdProject, 'root' | 'cacheFolder'>): Promise<void> {
  const lock = await loadImageLock(join(root, 'manifests', 'images.lock.yaml'))
  const { tags } = await resolvePlan({ root, cacheFolder, lock })
  const sh = $({ nothrow: true, detached: true, quiet: true })
  await sh`docker image rm --force ${[...tags.values(), `${tags.get('debian')}-rootfs`]}`
  // Go makes the folders of its modules read-only.
  await sh`chmod -R u+w ${folder} && rm -rf ${folder}`
}
