import { statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { badInput, messageOf, StatelabError } from '../errors.ts'
import { renderJson } from '../report/json.ts'
import { renderJunit } from '../report/junit.ts'
import { renderTap } from '../report/tap.ts'
import type { RunReport } from '../runner/result.ts'
import type { Session } from './session.ts'

const FORMATS = { json: (report: RunReport) => renderJson(report), junit: renderJunit, tap: renderTap } as const

interface ReportTarget {
  readonly format: keyof typeof FORMATS
  readonly path: string
}

/**
 * Reads `--report FORMAT=FILE`, before hours of labs run in vain.
 * @throws {StatelabError} `bad-input` for an unknown format and for a file that could not be written.
 */
export function parseReportTargets(values: readonly string[], { t, io }: Session): ReportTarget[] {
  return values.map((value) => {
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

export async function writeReports(report: RunReport, targets: readonly ReportTarget[]): Promise<void> {
  for (const { format, path } of targets) {
    try {
      await writeFile(path, FORMATS[format](report))
    } catch (cause) {
      throw new StatelabError('operation-failed', `cannot write the ${format} report: ${messageOf(cause)}`, { cause })
    }
  }
}

function isFormat(format: string): format is keyof typeof FORMATS {
  return Object.hasOwn(FORMATS, format)
}
