import type { DoctorCheck } from '../host/doctor.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

export const doctor: Verb = {
  usage: 'doctor',
  group: 'group.begin',
  summary: 'help.doctor',
  examples: ['statelab doctor', 'statelab doctor --fix'],
  configure: (command, t) => command.option('--fix', t('flag.fix')),
  run: async (session, { options }) => {
    const fix = options.fix === true
    const { source, kubernetes, mirrors } = session.settings
    const checks = await session.work((emit, signal) => session.engine.doctor({ emit, signal, fix, source, kubernetes, mirrors }))
    session.answer({ checks }, () => describe(checks, session))
    return checks.some((check) => check.status === 'fail') ? 3 : 0
  },
}

const MARKS = { ok: ['green', '✔'], warn: ['yellow', '⚠'], fail: ['red', '✖'] } as const

function describe(checks: readonly DoctorCheck[], { style, t }: Session): string {
  const width = Math.max(...checks.map(({ id }) => id.length))
  const lines = checks.flatMap(({ id, status: state, detail, fix }) => {
    const [format, mark] = MARKS[state]
    const line = `${style(format, mark)} ${id.padEnd(width)}  ${detail}`
    return fix === undefined || state === 'ok'
      ? [line]
      : [line, `  ${''.padEnd(width)}  ${style('cyan', t('doctor.fix', { fix }))}`]
  })
  return `${lines.join('\n')}\n`
}
