import { EventEmitter } from 'node:events'
import type { Writable } from 'node:stream'
import type { Exec, V1Status } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import { execInPod } from '../../../scripts/kube/exec-in-pod.ts'

const pod = { namespace: 'ns', name: 'a', container: 'redis' }
const signal = new AbortController().signal

/** A WebSocket as far as `execInPod` sees it. */
class Socket extends EventEmitter {
  readonly CLOSED = 3
  readyState = 1
  addEventListener = this.on.bind(this)
  terminate(): void {
    this.readyState = this.CLOSED
    this.emit('close')
  }
}

function execOf(run: (out: Writable, err: Writable, end: (status: V1Status) => void, socket: Socket) => void): Exec {
  const socket = new Socket()
  const exec = async (...args: unknown[]) => {
    const [stdout, stderr, end] = [args[4], args[5], args[8]] as [Writable, Writable, (status: V1Status) => void]
    queueMicrotask(() => run(stdout, stderr, end, socket))
    return socket
  }
  return { exec } as unknown as Exec
}

const failure = (message: string): V1Status => ({
  status: 'Failure',
  message,
  details: { causes: [{ reason: 'ExitCode', message: '7' }] },
})

describe('execInPod', () => {
  test('returns what the program wrote, apart', async () => {
    const exec = execOf((out, err, end) => {
      out.write('hello ')
      out.write('world\n')
      err.write('warning')
      end({ status: 'Success' })
    })
    expect(await execInPod(exec, pod, ['true'], { signal })).toEqual({ exitCode: 0, stdout: 'hello world\n', stderr: 'warning' })
  })

  test('an exit code is a result', async () => {
    const exec = execOf((_out, _err, end) => end(failure('command terminated with exit code 7')))
    expect(await execInPod(exec, pod, ['false'], { signal })).toMatchObject({ exitCode: 7 })
  })

  test('a program that cannot be started is a failure with its reason', async () => {
    const exec = execOf((_out, _err, end) =>
      end({ status: 'Failure', message: 'exec: "redis-cli": executable file not found in $PATH', code: 500 }),
    )
    await expect(execInPod(exec, pod, ['redis-cli'], { signal })).rejects.toMatchObject({
      status: 500,
      message: /executable file not found/,
    })
  })

  test('a connection that closes without a status is a failure, not an eternal wait', async () => {
    const exec = execOf((_out, _err, _end, socket) => setImmediate(() => socket.terminate()))
    await expect(execInPod(exec, pod, ['sleep'], { signal })).rejects.toThrow('the connection to Pod ns/a broke while sleep ran')
  })

  test('a refused upgrade tells the HTTP status', async () => {
    const exec = { exec: () => Promise.reject({ message: 'Unexpected server response: 404' }) } as unknown as Exec
    await expect(execInPod(exec, pod, ['true'], { signal })).rejects.toMatchObject({
      status: 404,
      message: 'exec in Pod ns/a: there is no such Pod or container',
    })
  })

  test('an abort closes the connection and rejects with the reason', async () => {
    const controller = new AbortController()
    let socket: Socket | undefined
    const exec = execOf((_out, _err, _end, opened) => {
      socket = opened
      setImmediate(() => controller.abort(new Error('Ctrl-C')))
    })
    await expect(execInPod(exec, pod, ['sleep'], { signal: controller.signal })).rejects.toThrow('Ctrl-C')
    await expect.poll(() => socket?.readyState).toBe(3)
  })
})
