import { Readable, Writable } from 'node:stream'
import type { Exec, V1Status } from '@kubernetes/client-node'
import { messageOf } from '../errors.ts'
import type { ExecResult } from './kube.ts'
import { KubernetesError } from './kubernetes-error.ts'

/** Runs a program in a container over a WebSocket. client-node's `exec` cannot be cancelled, so the socket is closed here. */
export async function execInPod(
  exec: Exec,
  pod: { readonly namespace: string; readonly name: string; readonly container: string },
  command: readonly string[],
  { signal, stdin }: { readonly signal: AbortSignal; readonly stdin?: string },
): Promise<ExecResult> {
  signal.throwIfAborted()
  const stdout = collect()
  const stderr = collect()
  const where = `${pod.namespace}/${pod.name}`
  const ended = Promise.withResolvers<V1Status>()
  const input = stdin === undefined ? null : Readable.from([Buffer.from(stdin)])
  const opening = exec.exec(
    pod.namespace,
    pod.name,
    pod.container,
    [...command],
    stdout.stream,
    stderr.stream,
    input,
    false,
    ended.resolve,
  )

  const abort = (): void => {
    ended.reject(signal.reason)
    opening.then(
      (socket) => socket.terminate(),
      () => undefined,
    )
  }
  signal.addEventListener('abort', abort, { once: true })
  try {
    opening.then(
      (socket) => {
        const lost = (): void => ended.reject(new KubernetesError(`the connection to Pod ${where} broke while ${command[0]} ran`))
        // Socket events come in order, so a status that was sent has been taken by the time of `close`.
        socket.addEventListener('close', lost)
        if (socket.readyState === socket.CLOSED) lost()
      },
      (error: unknown) => ended.reject(refused(error, where)),
    )
    const status = await ended.promise
    return { exitCode: exitCodeOf(status, where), stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function collect(): { stream: Writable; text: () => string } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString() }
}

function exitCodeOf(status: V1Status, where: string): number {
  if (status.status === 'Success') return 0
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message
  if (code !== undefined) return Number(code)
  throw new KubernetesError(`exec in Pod ${where}: ${status.message ?? 'failed'}`, { status: status.code ?? 500 })
}

/** The WebSocket library tells the HTTP status of a refused upgrade only in its text. */
function refused(error: unknown, where: string): KubernetesError {
  const message = (error as { message?: string }).message ?? messageOf(error)
  const status = /response: (\d{3})/.exec(message)?.[1]
  const why = status === '404' ? 'there is no such Pod or container' : message
  return new KubernetesError(`exec in Pod ${where}: ${why}`, {
    status: status === undefined ? undefined : Number(status),
    cause: error,
  })
}
