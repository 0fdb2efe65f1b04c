import { orWhenTimedOut } from '../wait/deadline.ts'
import { poll } from '../wait/poll.ts'
import { type CheckContext, say } from './check.ts'
import { directoryOf } from './export-place.ts'
import { type Fact, fact } from './facts.ts'

/** A claim's directory on the server, as it was. */
export interface DirectoryBefore {
  readonly name: string | undefined
  /** What was in it. */
  readonly entries: readonly string[]
}

export async function lookAtDirectory(context: CheckContext, claim: string): Promise<DirectoryBefore> {
  const found = await directoryOf(context, claim)
  if ('missing' in found) return { name: undefined, entries: [] }
  return { name: found.directory, entries: (await entriesOf(context, found.directory)) ?? [] }
}

/** Whether the directory went with its claim (the provisioner takes a moment), or is there with all it had. */
export async function directoryFate(
  context: CheckContext,
  { name, entries }: DirectoryBefore,
  policy: 'Retain' | 'Delete',
): Promise<Fact> {
  const gone = say(context, { en: `directory ${name} gone`, zh: `目录 ${name} 已删除` })
  const kept = (files: readonly string[]): string =>
    say(context, {
      en: `directory ${name} on the server with ${files.join(', ') || 'nothing in it'}`,
      zh: `服务器上有目录 ${name}，其中有 ${files.join(', ') || '（空）'}`,
    })
  const show = (files: readonly string[] | undefined): string => (files ? kept(files) : gone)
  const command = context.export.command(policy === 'Delete' ? '' : (name ?? ''))
  if (name === undefined) {
    const none = say(context, { en: 'no directory on the server', zh: '服务器上没有它的目录' })
    return fact(policy === 'Delete' ? gone : kept(entries), none, command, false)
  }
  if (policy === 'Retain') {
    const now = await entriesOf(context, name)
    return fact(kept(entries), show(now), command, now !== undefined && entries.every((entry) => now.includes(entry)))
  }
  return fact(gone, show(await untilGone(context, name)), command)
}

const REMOVED_MS = 30_000
const INTERVAL_MS = 250

/** @returns what is still in it when patience ends; `undefined` when it is gone. */
async function untilGone(context: CheckContext, name: string): Promise<readonly string[] | undefined> {
  let last: readonly string[] | undefined
  await orWhenTimedOut(
    poll(
      async (limit) => {
        last = await entriesOf({ ...context, signal: limit }, name)
        return last ? { seen: `directory ${name} is there` } : { value: true, seen: 'gone' }
      },
      {
        what: say(context, { en: `directory ${name} is gone`, zh: `目录 ${name} 已删除` }),
        intervalMs: INTERVAL_MS,
        timeoutMs: REMOVED_MS,
        signal: context.signal,
        onSeen: context.progress,
      },
    ),
    () => {},
  )
  return last
}

async function entriesOf(context: CheckContext, directory: string): Promise<string[] | undefined> {
  const entries = await context.export.list(directory, context.signal)
  return entries?.map(({ name }) => name).sort()
}
