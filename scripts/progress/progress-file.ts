import { randomUUID } from 'node:crypto'
import { copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, StatelabError } from '../errors.ts'
import { tryLockFile } from '../process/lock-file.ts'
import type { Text } from '../text.ts'
import { poll } from '../wait/poll.ts'
import { NO_PROGRESS, type Progress } from './progress.ts'
import { recognizeProgress } from './progress-shape.ts'

/** A learner's progress, and what is wrong with its file when it cannot be used. */
export interface LoadedProgress {
  readonly progress: Progress
  readonly problem?: Text
}

/** Writing takes milliseconds: whoever holds the lock longer hangs. */
const LOCK_MS = 10_000

export function progressFile(stateFolder: string): string {
  return join(stateFolder, 'progress.json')
}

/**
 * Reads the progress. A file that is missing is no progress; one that is damaged counts as none and says so.
 * @throws {StatelabError} `operation-failed` for a file of a newer statelab, which must not be touched.
 */
export async function readProgress(stateFolder: string): Promise<LoadedProgress> {
  const path = progressFile(stateFolder)
  try {
    return { progress: parse(path, await readFile(path, 'utf8')) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { progress: NO_PROGRESS }
    if (error instanceof StatelabError) throw error
    const why = messageOf(error)
    return {
      progress: NO_PROGRESS,
      problem: {
        en: `your progress in ${path} cannot be read (${why}); it counts as empty, and a copy is kept beside it`,
        zh: `无法读取你的进度文件 ${path}（${why}）；先按空进度处理，原文件会在旁边留一份副本`,
      },
    }
  }
}

/**
 * Changes the progress. Safe against other processes, and never half written; what could not be read is copied to
 * `progress.json.damaged-…` first.
 * @throws {StatelabError} `timed-out` when another process holds the file, `operation-failed` when it cannot be written.
 */
export async function updateProgress(
  stateFolder: string,
  change: (progress: Progress) => Progress,
  signal: AbortSignal,
): Promise<LoadedProgress & { readonly before: Progress }> {
  const path = progressFile(stateFolder)
  await using _lock = await lock(`${path}.lock`, signal)
  const { progress: before, problem } = await readProgress(stateFolder)
  const after = change(before)
  try {
    if (problem) await copyFile(path, `${path}.damaged-${randomUUID().slice(0, 8)}`)
    await writeWhole(path, `${JSON.stringify(after, null, 2)}\n`)
  } catch (cause) {
    throw cannotWrite(path, cause)
  }
  return { before, progress: after, ...(problem && { problem }) }
}

async function lock(path: string, signal: AbortSignal): Promise<AsyncDisposable> {
  const attempt = async () => {
    const found = await tryLockFile(path).catch((cause: unknown) => {
      throw cannotWrite(path, cause)
    })
    return 'lock' in found ? { value: found.lock, seen: '' } : { seen: `pid ${found.holder}` }
  }
  const what = { en: `write to ${path}`, zh: `写入 ${path}` }
  return poll(attempt, { what, intervalMs: 20, timeoutMs: LOCK_MS, signal })
}

/** A reader sees the old file or the new one, also when this process dies here. */
async function writeWhole(path: string, content: string): Promise<void> {
  const fresh = `${path}.${randomUUID()}`
  try {
    await writeFile(fresh, content, { mode: 0o600, flush: true })
    await rename(fresh, path)
  } finally {
    await rm(fresh, { force: true })
  }
}

function cannotWrite(path: string, cause: unknown): StatelabError {
  const why = messageOf(cause)
  return new StatelabError(
    'operation-failed',
    { en: `your progress cannot be written to ${path}: ${why}`, zh: `无法把你的进度写入 ${path}：${why}` },
    { cause },
  )
}

function parse(path: string, content: string): Progress {
  const found = recognizeProgress(JSON.parse(content))
  if ('progress' in found) return found.progress
  if ('problem' in found) throw new Error(found.problem)
  throw new StatelabError(
    'operation-failed',
    {
      en: `${path} was written by a newer statelab (schema ${found.newer}, this one knows 1)`,
      zh: `${path} 是更新版本的 statelab 写的（schema ${found.newer}，当前版本只认识 1）`,
    },
    {
      fix: {
        en: 'use that one, or set STATELAB_HOME to another folder',
        zh: '请使用那个版本，或用 STATELAB_HOME 指定另一个目录',
      },
    },
  )
}
