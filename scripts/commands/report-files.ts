import { statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { badInput, messageOf, StatelabError } from '../errors.ts'
import type { Translate } from '../messages/translate.ts'
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

interface ReportTarget {
  readonly format: keyof typeof FORMATS
  readonly path: string
}

/** Adds `--report`, which may be repeated. */
export function addReportFlag(command: Command, t: Translate): Command {
  return command.option('--report <format=file>', t('flag.report'), (value: string, earlier: string[] | undefined) => [
    ...(earlier ?? []),
    value,
  ])
}

/**
 * Reads `--report FORMAT=FILE`, before hours of labs run in vain.
 * @throws {StatelabError} `bad-input` for an unknown format and for a file that could not be written.
 */
export function parseReportTargets({ options }: Pick<Input, 'options'>, { t, io }: Session): ReportTarget[] {
  return ((options.report ?? []) as string[]).map((value) => {
    const [, format = '', file = ''] = /^([^=]*)=(.+)$/.exec(value) ?? []
    if (file === '') throw badInput(t('error.report', { value: JSON.stringify(value) }), t('error.report.fix'))
    if (!isFormat(format)) {
      throw badInput(
        t('error.reportFormat', { format: JSON.stringify(format) }),
        t('error.useOneOf', { values: Object.keys(FORMATS).join(', ') }),
      )
    }
    const path = resolve(io.cwd, file)
    const isFolder = (candidate: string): boolean => statSync(candidate, { throwIfNoEntry: false })?.isDirectory() === true
    if (isFolder(path) || !isFolder(dirname(path))) {
      throw badInput(t('error.reportFile', { file: JSON.stringify(file) }), t('error.reportFile.fix'))
    }
    return { format, path }
  })
}

/** @param labs give the titles. */
export async function writeReports(
  report: RunReport,
  targets: readonly ReportTarget[],
  session: Session,
  labs: readonly Titled[],
): Promise<void> {
  for (const { format, path } of targets) {
    try {
      await writeFile(path, FORMATS[format](report, session, labs))
    } catch (cause) {
      throw new StatelabError('operation-failed', `cannot write the ${format} report: ${messageOf(cause)}`, { cause })
    }
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

function isFormat(format: string): format is keyof typeof FORMATS {
  return Object.hasOwn(FORMATS, format)
}
