import type { V1Deployment, V1Node } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { untilNamesResolve, untilNodesReady } from '../../../scripts/provision/cluster-ready.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

function node(name: string, ready: 'True' | 'False'): V1Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { conditions: [{ type: 'Ready', status: ready }] } }
}

function coredns(availableReplicas?: number): V1Deployment {
  const status = availableReplicas === undefined ? {} : { availableReplicas }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'coredns', namespace: 'kube-system' }, status }
}

const tick = () => new Promise((resolve) => setTimeout(resolve, 5))

describe('untilNodesReady', () => {
  it('waits for as many nodes as there must be, all of them Ready, and tells what it sees', async () => {
    const kube = new FakeKube()
    const lines: string[] = []
    const waiting = untilNodesReady(kube, 2, { signal: new AbortController().signal, progress: (line) => void lines.push(line) })
    for (const change of [node('a', 'False'), node('a', 'True'), node('b', 'False'), node('b', 'True')]) {
      await tick()
      kube.put(change)
    }
    expect(await waiting).toBe('2 nodes Ready')
    expect(lines).toEqual(['no nodes', 'a not Ready', 'a Ready', 'a Ready, b not Ready'])
    expect(kube.watches).toBe(0)
  })
})

describe('untilNamesResolve', () => {
  it('is content with one CoreDNS', async () => {
    const kube = new FakeKube()
    const lines: string[] = []
    const waiting = untilNamesResolve(kube, { signal: new AbortController().signal, progress: (line) => void lines.push(line) })
    for (const change of [coredns(), coredns(1)]) {
      await tick()
      kube.put(change)
    }
    await waiting
    expect(lines).toEqual(['no Deployment coredns', 'Deployment coredns: 0 of 1 available'])
  })
})
