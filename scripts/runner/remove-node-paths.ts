import { StatelabError } from '../errors.ts'
import type { LabEnvironment } from './lab-context.ts'

/**
 * Removes paths on every node. What a learner has mounted there is unmounted first: a deletion must never go through a
 * mount, which may be the whole export.
 * @throws {StatelabError} `operation-failed` with what a node said.
 */
export async function removeNodePaths(
  paths: readonly string[],
  { nodes }: Pick<LabEnvironment, 'nodes'>,
  signal: AbortSignal,
): Promise<void> {
  if (paths.length === 0) return
  const machines = await nodes.list(signal)
  await Promise.all(
    machines.map(async ({ name }) => {
      const { exitCode, stderr } = await nodes.run(name, ['sh', '-c', REMOVE, 'remove', ...paths], signal)
      if (exitCode === 0) return
      const message = {
        en: `cannot remove ${paths.join(', ')} on node ${name}: ${stderr}`,
        zh: `无法删除节点 ${name} 上的 ${paths.join('、')}：${stderr}`,
      }
      throw new StatelabError('operation-failed', message, { fix: nodes.command(name, ['ls', '-la', ...paths]) })
    }),
  )
}

/**
 * Mounts are listed parents first, one above the other in the order they were made, so they are unmounted in reverse.
 * `-l`: also while somebody's shell is in it. `--one-file-system` does not look at the path itself, and a mount may lie
 * above it as well: hence the question which file system the path is on.
 */
const REMOVE = `
for path; do
  path=\${path%/}
  for mount in $(findmnt -rno TARGET | tac); do
    case "$mount/" in "$path"/*) umount -l -- "$mount" || exit ;; esac
  done
  [ -e "$path" ] || [ -L "$path" ] || continue
  at=$(dirname -- "$path")
  case "$(findmnt -no FSTYPE -T "$at" | tail -n 1)" in
    nfs*|fuse.nfs*) echo "$at is on an NFS server: unmount it first" >&2; exit 1 ;;
  esac
  rm -rf --one-file-system -- "$path" || exit
done`
