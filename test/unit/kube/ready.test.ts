import type { V1Node, V1Pod } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { isNodeReady, isReady, readyCondition } from '../../../scripts/kube/ready.ts'

const condition = (status: string) => ({ type: 'Ready', status, lastTransitionTime: new Date(0) })
const pod = (status: string): V1Pod => ({
  status: { conditions: [{ type: 'PodScheduled', status: 'True' }, condition(status)] },
})
const node = (status: string): V1Node => ({
  status: { conditions: [{ type: 'DiskPressure', status: 'False' }, condition(status)] },
})

describe('readyCondition', () => {
  it('is the one of that type, whatever its status', () => {
    expect(readyCondition(pod('False'))).toEqual(condition('False'))
    expect(readyCondition(node('Unknown'))).toEqual(condition('Unknown'))
  })

  it('is none of an object that is not there or has no status yet', () => {
    expect(readyCondition(undefined)).toBeUndefined()
    expect(readyCondition({ metadata: { name: 'new' } })).toBeUndefined()
  })
})

describe('isReady', () => {
  it.each([
    ['True', true],
    ['False', false],
  ])('reads %s as %s', (status, is) => {
    expect(isReady(pod(status))).toBe(is)
  })

  it('takes a Pod that is ending for not ready, though it still says so', () => {
    expect(isReady({ ...pod('True'), metadata: { deletionTimestamp: new Date() } })).toBe(false)
  })
})

describe('isNodeReady', () => {
  it.each([
    ['True', true],
    ['False', false],
    // The node has gone silent.
    ['Unknown', false],
  ])('reads %s as %s', (status, is) => {
    expect(isNodeReady(node(status))).toBe(is)
  })
})
