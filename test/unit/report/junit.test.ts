import { describe, expect, it } from 'vitest'
import { renderJunit } from '../../../scripts/report/junit.ts'
import { SAMPLE } from './sample-report.ts'

describe('renderJunit', () => {
  it('writes a lab as a suite, a task as a case, and the evidence into the failure', () => {
    expect(renderJunit(SAMPLE)).toBe(`\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="statelab statelab" tests="5" failures="1" errors="1" skipped="2" time="31.000" timestamp="2026-11-21T08:00:00.000Z">
  <testsuite name="redis-persistence" tests="1" failures="0" errors="0" skipped="0" time="21.400">
    <testcase classname="redis-persistence" name="ready" time="0.310"/>
  </testsuite>
  <testsuite name="redis-replication" tests="3" failures="1" errors="1" skipped="1" time="9.000">
    <testcase classname="redis-replication" name="link" time="0.120">
      <failure message="redis-pv-sts-1 follows &lt;nobody&gt; &amp; is a &quot;master&quot;">replica: redis-pv-sts-1 follows &lt;nobody&gt; &amp; is a &quot;master&quot;
  expected: role:slave
  observed: role:master
connected_slaves:0\uFFFD
  command:  redis-cli info replication</failure>
    </testcase>
    <testcase classname="redis-replication" name="survives" time="0.000">
      <skipped message="waits for task link"/>
    </testcase>
    <testcase classname="redis-replication" name="seen" time="0.005">
      <error message="the API did not answer">see: the API did not answer</error>
    </testcase>
  </testsuite>
  <testsuite name="autoscale" tests="1" failures="0" errors="0" skipped="1" time="0.000">
    <testcase classname="autoscale" name="autoscale" time="0.000">
      <skipped message="needs metrics-server"/>
    </testcase>
  </testsuite>
</testsuites>
`)
  })

  it('shows a lab that broke before its tasks as a case of its own, with the reason', () => {
    const report = { ...SAMPLE, labs: [{ id: 'broken', status: 'error', durationMs: 10, reason: 'no node', tasks: [] }] } as const
    expect(renderJunit(report)).toContain('<testsuite name="broken" tests="1" failures="0" errors="1" skipped="0"')
    expect(renderJunit(report)).toContain('<error message="no node">no node</error>')
  })

  it('tells the variant as a property of the suite', () => {
    const [lab] = SAMPLE.labs
    expect(renderJunit({ ...SAMPLE, labs: [{ ...lab!, variant: 'a<b' }] })).toContain(
      'time="21.400">\n    <properties><property name="variant" value="a&lt;b"/></properties>\n    <testcase',
    )
  })

  it('keeps characters beyond the basic plane and drops half of one', () => {
    const [lab] = SAMPLE.labs
    const report = { ...SAMPLE, labs: [{ ...lab!, id: 'a😀b\uD800c' }] }
    expect(renderJunit(report)).toContain('name="a😀b\uFFFDc"')
  })
})
