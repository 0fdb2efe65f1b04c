import { statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { badInput, messageOf, StatelabError } from '../errors.ts'
import type { PlainKey, Translate } from '../messages/translate.ts'
import { renderHtml } from '../report/html/render-html.ts'
import { renderJson } from '../report/json.ts'
import { renderJunit } from '../report/junit.ts'
import { renderTap } from '../report/tap.ts'
import type { RunReport } from '../runner/result.ts'
import { type Titled, titlesOf } from './report-answer.ts'
import type { Session } from './session.ts'
import type { Input } from './verb.ts'

type Render = (report: RunReport, session: Session, labs: readonly Titled[]) => string

const FORMATS = {
  json: renderJson,
  junit: renderJunit,
  tap: renderTap,
  html: (report, session, labs) => renderHtml(report, { language: session.settings.language, title: titlesOf(session, labs) }),
} as const satisfies Readonly<Record<string, Render>>

type Format = keyof typeof FORMATS

interface ReportTarget<Name extends Format> {
  readonly format: Name
  readonly path: string
}

/** Adds `--report`, which may be repeated. */
export function addReportFlag(command: Command, t: Translate, help: PlainKey = 'flag.report'): Command {
  return command.option('--report <format=file>', t(help), (value: string, earlier: string[] | undefined) => [
    ...(earlier ?? []),
    value,
  ])
}

/**
 * Reads `--report FORMAT=FILE`, before hours of labs run in vain.
 * @param formats the ones that the command can write.
 * @throws {StatelabError} `bad-input` for an unknown format and for a file that could not be written.
 */
export function parseReportTargets<const Name extends Format = Format>(
  { options }: Pick<Input, 'options'>,
  { t, io }: Session,
  formats: readonly Name[] = Object.keys(FORMATS) as Name[],
): ReportTarget<Name>[] {
  return ((options.report ?? []) as string[]).map((value) => {
    const [, format = '', file = ''] = /^([^=]*)=(.+)$/.exec(value) ?? []
    if (file === '') throw badInput(t('error.report', { value: JSON.stringify(value) }), t('error.report.fix'))
    const known = formats.find((name) => name === format)
    if (known === undefined) {
      throw badInput(
        t('error.reportFormat', { format: JSON.stringify(format) }),
        t('error.useOneOf', { values: formats.join(', ') }),
      )
    }
    const path = resolve(io.cwd, file)
    const isFolder = (candidate: string): boolean => statSync(candidate, { throwIfNoEntry: false })?.isDirectory() === true
    if (isFolder(path) || !isFolder(dirname(path))) {
      throw badInput(t('error.reportFile', { file: JSON.stringify(file) }), t('error.reportFile.fix'))
    }
    return { format: known, path }
  })
}

/** @param labs give the titles. */
export async function writeReports(
  report: RunReport,
  targets: readonly ReportTarget<Format>[],
  session: Session,
  labs: readonly Titled[],
): Promise<void> {
  for (const target of targets) await writeReport(target, FORMATS[target.format](report, session, labs))
}

/** @throws {StatelabError} `operation-failed` when the file cannot be written after all. */
export async function writeReport({ format, path }: ReportTarget<Format>, content: string): Promise<void> {
  try {
    await writeFile(path, content)
  } catch (cause) {
    throw new StatelabError('operation-failed', `cannot write the ${format} report: ${messageOf(cause)}`, { cause })
  }
}

/** The version that a report names. A report is worth writing without it, too. */
export async function kubernetesVersion({ engine, settings, signal }: Session): Promise<string | undefined> {
  try {
    const { cluster } = await engine.status(settings.environment, signal)
    return cluster.kubernetes === '' ? undefined : cluster.kubernetes
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}
