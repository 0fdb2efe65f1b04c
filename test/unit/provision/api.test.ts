import type { KubernetesObject } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import type { ObjectRef } from '../../../scripts/kube/kube.ts'
import { KubernetesError } from '../../../scripts/kube/kubernetes-error.ts'
import { untilApiAnswers } from '../../../scripts/provision/api.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

/** A server that fails with these first. */
class StartingKube extends FakeKube {
  readonly #failures: unknown[]
  constructor(...failures: readonly unknown[]) {
    super({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } })
    this.#failures = [...failures]
  }
  override async get<T extends KubernetesObject>(ref: ObjectRef, signal: AbortSignal): Promise<T | undefined> {
    const failure = this.#failures.shift()
    if (failure !== undefined) throw failure
    return super.get<T>(ref, signal)
  }
}

function wait(kube: FakeKube, signal = new AbortController().signal) {
  const lines: string[] = []
  return { lines, version: untilApiAnswers(kube, { signal, progress: (line) => void lines.push(line) }) }
}

describe('untilApiAnswers', () => {
  it('returns the server’s version', async () => {
    expect(await wait(new StartingKube()).version).toBe('v1.36.3')
  })

  it('takes refusals of a server that is starting for "not yet", and tells them', async () => {
    const failures = [
      new KubernetesError('connection refused'),
      new KubernetesError('forbidden', { status: 403 }),
      new KubernetesError('unavailable', { status: 503 }),
    ]
    const { lines, version } = wait(new StartingKube(...failures))
    expect(await version).toBe('v1.36.3')
    expect(lines).toEqual(['connection refused', 'forbidden', 'unavailable'])
  })

  it.each([new KubernetesError('bad request', { status: 400 }), new TypeError('a defect')])(
    'does not wait after %s',
    async (failure) => {
      await expect(wait(new StartingKube(failure)).version).rejects.toBe(failure)
    },
  )

  it('ends with the reason when it is interrupted', async () => {
    const reason = new Error('enough')
    await expect(wait(new StartingKube(), AbortSignal.abort(reason)).version).rejects.toBe(reason)
  })
})
