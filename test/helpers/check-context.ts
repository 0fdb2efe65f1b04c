import type { CheckContext } from '../../scripts/checks/check.ts'
import { FakeKube } from './fake-kube.ts'
import { FakeNodes } from './fake-nodes.ts'

/** What a check is given, in namespace `lab-x`; a part that a test does not name is not there, or empty. */
export function checkContext(parts: Partial<CheckContext> = {}): CheckContext {
  return {
    kube: new FakeKube(),
    nodes: new FakeNodes(),
    export: {} as never,
    namespace: 'lab-x',
    language: 'en',
    signal: new AbortController().signal,
    progress: () => {},
    ...parts,
  }
}
