import type { Kube } from '../kube/kube.ts'
import { KubernetesError } from '../kube/kubernetes-error.ts'
import { poll } from '../wait/poll.ts'

export interface Waiting {
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/**
 * Waits until the API server answers and lets us in. Nothing can be watched before that, so it is asked.
 * @returns the server's version.
 */
export async function untilApiAnswers(kube: Kube, { signal, progress }: Waiting): Promise<string> {
  const read = async (within: AbortSignal): Promise<{ value?: string; seen: string }> => {
    try {
      // kubeadm grants its own administrator rights a moment after the server is up: until then it says "forbidden".
      await kube.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }, within)
      return { value: await kube.version(within), seen: '' }
    } catch (error) {
      if (error instanceof KubernetesError && isStarting(error)) return { seen: error.message }
      throw error
    }
  }
  return poll(read, { what: 'the API server answers', intervalMs: 200, timeoutMs: 180_000, signal, onSeen: progress })
}

function isStarting({ status }: KubernetesError): boolean {
  return status === undefined || status === 401 || status === 403 || status >= 500
}
