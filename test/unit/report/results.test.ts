import { describe, expect, it } from 'vitest'
import { createTranslate } from '../../../scripts/messages/translate.ts'
import { renderResults } from '../../../scripts/report/results.ts'
import { createStyle } from '../../../scripts/report/style.ts'
import { SAMPLE } from './sample-report.ts'

const TITLES: Readonly<Record<string, string>> = {
  'redis-persistence': 'Redis data survives its Pod',
  'redis-persistence/ready': 'Redis runs',
}
const title = (lab: string, task?: string): string | undefined => TITLES[task === undefined ? lab : `${lab}/${task}`]

describe('renderResults', () => {
  it('shows each lab, task and check with its mark, time and evidence', () => {
    expect(renderResults(SAMPLE, { t: createTranslate('en'), style: createStyle(false), title })).toBe(`\
✔ redis-persistence: Redis data survives its Pod  passed (21s)
  ✔ ready: Redis runs
    ✔ StatefulSet redis-pv-sts has 2 ready Pods (0.3s)
        expected readyReplicas 2
        observed readyReplicas 2
        see it   kubectl -n lab-redis-persistence get sts redis-pv-sts

✖ redis-replication  failed (9.0s)
  ✖ link
    ✖ redis-pv-sts-1 follows <nobody> & is a "master" (0.1s)
        expected role:slave
        observed role:master
          connected_slaves:0\uFFFD
        see it   redis-cli info replication
  ▪ survives  not checked: an earlier task is not green
    ▪ waits for task link (0.0s)
  ✖ seen
    ✖ the API did not answer (0.0s)

▪ autoscale  skipped: needs metrics-server (0.0s)

1 passed, 1 failed, 1 skipped in environment statelab
`)
  })

  it('tells a command once for all that it shows, but keeps blocks of text apart', () => {
    const evidence = [
      { expected: 'class nfs-client', observed: 'class nfs-client', command: 'kubectl get pvc a' },
      { expected: '100Mi', observed: '50Mi', command: 'kubectl get pvc a' },
      { expected: 'Bound', observed: 'Bound', command: 'kubectl get pv b' },
      { expected: 'a file', observed: 'one\ntwo', command: 'kubectl get pv b' },
    ]
    const check = { id: 'c', status: 'failed', durationMs: 0, message: 'm', evidence } as const
    const labs = [{ id: 'l', status: 'failed', durationMs: 0, tasks: [{ id: 't', status: 'failed', checks: [check] }] }] as const
    const text = renderResults({ ...SAMPLE, labs }, { t: createTranslate('en'), style: createStyle(false), title })
    expect(text.split('\n').slice(3, 13)).toEqual([
      '        expected class nfs-client, 100Mi',
      '        observed class nfs-client, 50Mi',
      '        see it   kubectl get pvc a',
      '        expected Bound',
      '        observed Bound',
      '        see it   kubectl get pv b',
      '        expected a file',
      '        observed one',
      '          two',
      '        see it   kubectl get pv b',
    ])
  })

  it('speaks Chinese', () => {
    const text = renderResults(SAMPLE, { t: createTranslate('zh'), style: createStyle(false), title })
    expect(text).toContain('期望 readyReplicas 2')
    expect(text).toContain('环境 statelab：1 个通过，1 个未通过，1 个跳过')
  })

  it('colours only when asked to', () => {
    const options = { t: createTranslate('en'), title }
    expect(renderResults(SAMPLE, { ...options, style: createStyle(true) })).toContain('\u001B[32m✔\u001B[39m')
    expect(renderResults(SAMPLE, { ...options, style: createStyle(false) })).not.toContain('\u001B')
  })

  it.each([
    ['en', '✔ redis-persistence, variant misspelt: Redis data survives its Pod  passed (21s)'],
    ['zh', '✔ redis-persistence，变体 misspelt: Redis data survives its Pod  通过 (21s)'],
  ] as const)('tells which variant was run, in %s', (language, line) => {
    const [lab] = SAMPLE.labs
    const report = { ...SAMPLE, labs: [{ ...lab!, variant: 'misspelt' }] }
    expect(renderResults(report, { t: createTranslate(language), style: createStyle(false), title })).toContain(`${line}\n`)
  })
})
