import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { renderHtml } from '../../../../scripts/report/html/render-html.ts'
import type { CheckResult, LabResult, RunReport } from '../../../../scripts/runner/result.ts'
import type { Language } from '../../../../scripts/text.ts'
import { SAMPLE } from '../sample-report.ts'

const TITLES: Readonly<Record<string, string>> = {
  'redis-persistence': 'Redis data survives its Pod',
  'redis-persistence/ready': 'Redis runs',
}

function render(report: RunReport = SAMPLE, language: Language = 'en'): string {
  const title = (lab: string, task?: string): string | undefined => TITLES[task === undefined ? lab : `${lab}/${task}`]
  return renderHtml(report, { language, title })
}

/** The section of one lab. */
function section(page: string, id: string): string {
  return new RegExp(`<details class="lab [a-z]+" id="lab-${id}"[\\s\\S]*?(?=<details class="lab |</main>)`).exec(page)?.[0] ?? ''
}

function withCheck(check: Partial<CheckResult>, lab: Partial<LabResult> = {}): RunReport {
  const whole: CheckResult = { id: 'c', status: 'failed', durationMs: 0, message: 'm', evidence: [], ...check }
  const task = { id: 't', status: whole.status, checks: [whole] }
  return { ...SAMPLE, labs: [{ id: 'one', status: whole.status, durationMs: 0, tasks: [task], ...lab }] }
}

describe('the page', () => {
  it('says in a sentence how many labs passed, and gives the circumstances', () => {
    const page = render({ ...SAMPLE, kubernetes: 'v1.36.3' })
    expect(page).toContain('1 of 3 labs passed')
    expect(page).toContain('<time datetime="2026-11-21T08:00:00.000Z">')
    expect(page).toMatch(/Total time<\/dt><dd>31s<[\s\S]*Kubernetes<\/dt><dd>v1\.36\.3</)
    expect(render()).not.toContain('<dt>Kubernetes</dt>')
  })

  it('loads nothing: no address, no source, no import', () => {
    const page = render()
    expect(page.match(/https?:|\bsrc=|@import|url\(|<link/g)).toBeNull()
    const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, target]) => target ?? '')
    expect(links.filter((target) => !target.startsWith('#'))).toEqual([])
  })

  it('lets the browser run its own script only', () => {
    const page = render()
    const script = /<script>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? ''
    const hash = createHash('sha256').update(script).digest('base64')
    expect(script).toContain('only-failed')
    expect(page).toContain(`default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; script-src &#39;sha256-${hash}&#39;`)
  })

  it('tells the variant beside the id of its lab, in the overview and in its section', () => {
    const [lab] = SAMPLE.labs
    const page = render({ ...SAMPLE, labs: [{ ...lab!, variant: 'a<b' }] })
    expect(page.match(/<span class="id">redis-persistence, variant a&#60;b<\/span>/g)).toHaveLength(2)
  })

  it('leads from each line of the overview to its lab', () => {
    const page = render()
    const targets = [...page.matchAll(/href="#(lab-[^"]+)"/g)].map(([, target]) => target)
    expect(targets).toEqual(['lab-redis-persistence', 'lab-redis-replication', 'lab-autoscale'])
    for (const target of targets) expect(page).toContain(`id="${target}"`)
  })

  it('speaks Chinese, and says so to the browser', () => {
    const page = render(SAMPLE, 'zh')
    expect(page).toContain('<html lang="zh-CN">')
    expect(page).toContain('3 个实验中 1 个通过')
    expect(page).not.toMatch(/>(Overview|expected|passed)</)
  })
})

describe('a lab', () => {
  it('is folded when it passed, and open where there is something to see', () => {
    const page = render()
    expect(page).toContain('<details class="lab passed" id="lab-redis-persistence" >')
    expect(page).toContain('<details class="lab failed" id="lab-redis-replication" open>')
    expect(page).toContain('<details class="lab skipped" id="lab-autoscale" open>')
  })

  it('is open when it is the only one', () => {
    const page = render({ ...SAMPLE, labs: SAMPLE.labs.slice(0, 1) })
    expect(page).toContain('<details class="lab passed" id="lab-redis-persistence" open>')
  })

  it('gives the reason why it was skipped or broke', () => {
    expect(section(render(), 'autoscale')).toContain('<p class="reason">needs metrics-server</p>')
    const broken = render(withCheck({}, { status: 'error', reason: 'no node', tasks: [] }))
    expect(section(broken, 'one')).toContain('<p class="reason">no node</p>')
  })

  it('shows what its checks expected and saw, and the command once for all that it shows', () => {
    const command = 'kubectl get pvc a'
    const evidence = [
      { expected: 'class nfs-client', observed: 'class nfs-client', command },
      { expected: '100Mi', observed: '50Mi', command },
    ]
    const page = render(withCheck({ evidence }))
    expect(page).toContain('<tr><td>class nfs-client</td><td>class nfs-client</td></tr>\n<tr><td>100Mi</td><td>50Mi</td></tr>')
    expect(page.split(command)).toHaveLength(2)
  })

  it('tells where its time went, the start and the clean-up included', () => {
    const rest = /<li class="rest">[\s\S]*?class="duration">([^<]+)</.exec(section(render(), 'redis-replication'))
    expect(rest?.[1]).toBe('8.9s')
    expect(render(withCheck({ durationMs: 900 }, { durationMs: 950 }))).not.toContain('class="rest"')
  })

  it('shows a status by a word as well as by a mark and a colour', () => {
    expect(section(render(), 'redis-replication')).toContain('role="img" aria-label="could not be checked">⚠</span>')
  })
})

describe('what a container has printed', () => {
  it.each(['message', 'expected', 'observed', 'command'] as const)('cannot become markup as %s', (field) => {
    const text = '</td><script>alert(1)</script>&amp;"\'`'
    const evidence = [{ expected: 'e', observed: 'o', command: 'c', ...(field !== 'message' && { [field]: text }) }]
    const page = render(withCheck({ message: field === 'message' ? text : 'm', evidence }))
    expect(page).not.toContain('<script>alert')
    expect(page).toContain('&#60;script&#62;alert(1)&#60;/script&#62;&#38;amp;&#34;&#39;&#96;')
  })

  it('loses its control characters', () => {
    expect(render(withCheck({ message: 'a\u001B[31mred\u0000' }))).toContain('ared\uFFFD')
  })
})
