import { describe, expect, test } from 'vitest'
import type { SolutionStep } from '../../../scripts/catalog/lab.ts'
import { solveLab } from '../../../scripts/runner/solve-lab.ts'
import { startLab } from '../../../scripts/runner/start-lab.ts'
import { labFixture, scripted, task, text } from '../../helpers/lab-fixture.ts'

const STEP: SolutionStep = { createJob: { name: 'now', from: 'backup' }, why: text('Now') }

describe('createJob', () => {
  test("runs a CronJob's work, and shows the command for the same", async () => {
    await using fixture = await labFixture({ tasks: [task('one', scripted('a', true))], solution: [STEP] })
    const { lab, kube, context } = fixture
    await startLab(lab, context)
    const template = { spec: { restartPolicy: 'Never', containers: [] } }
    const spec = { schedule: '* * * * *', jobTemplate: { spec: { template } } }
    kube.put({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'backup', namespace: 'lab-try' }, spec } as never)
    const [step] = await solveLab(lab, context)
    expect(step?.command).toBe('kubectl -n lab-try create job now --from=cronjob/backup')
    expect(kube.peek({ apiVersion: 'batch/v1', kind: 'Job', name: 'now', namespace: 'lab-try' })).toMatchObject({
      spec: { template },
    })
  })

  test('says which CronJob there is not', async () => {
    await using fixture = await labFixture({ tasks: [task('one', scripted('a', true))], solution: [STEP] })
    await startLab(fixture.lab, fixture.context)
    await expect(solveLab(fixture.lab, fixture.context)).rejects.toThrow('there is no CronJob backup')
  })
})
