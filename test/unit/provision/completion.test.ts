import { describe, expect, it } from 'vitest'
import { environment } from '../../../scripts/environment.ts'
import { markComplete, readCompletion } from '../../../scripts/provision/completion.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const { signal } = new AbortController()
const provision = {
  source: 'packages' as const,
  nodeImage: 'node:1',
  nfsServerImage: 'nfs:1',
  provisionerImage: 'p:1',
  kind: '/kind',
  kubernetes: 'v1.36.3',
}

describe('the mark of completion', () => {
  it('is read as it was written', async () => {
    const kube = new FakeKube()
    expect(await markComplete(kube, environment('t'), { nodes: 2, provision, metricsServer: 'm:1', signal })).toBe(
      'ConfigMap kube-system/statelab',
    )
    expect(await readCompletion(kube, signal)).toEqual({
      environment: 't',
      nodes: 2,
      nodeImage: 'node:1',
      source: 'packages',
      metricsServer: 'm:1',
    })
  })

  it('is missing from a cluster that was not completed', async () => {
    expect(await readCompletion(new FakeKube(), signal)).toBeUndefined()
  })
})
