import type { V1ConfigMap, V1Pod, V1Secret } from '@kubernetes/client-node'
import { beforeEach, describe, expect, it } from 'vitest'
import type { CheckContext } from '../../../scripts/checks/check.ts'
import { configChangeArrives } from '../../../scripts/checks/config-change.ts'
import { envFromKey, fileFromKey } from '../../../scripts/checks/config.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const MESSAGE = { configMap: 'app-config', key: 'message' } as const
const PASSWORD = { secret: 'app-secret', key: 'password' } as const
const USE = { ...MESSAGE, path: '/etc/app/message', variable: 'MESSAGE' }

const CONFIG: V1ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'app-config', namespace: 'lab-x' },
  data: { message: 'hello' },
}
const SECRET: V1Secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'app-secret', namespace: 'lab-x' },
  data: { password: Buffer.from('s3cret').toString('base64') },
}

const pod = (changes: object = {}): V1Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'app', namespace: 'lab-x' },
  spec: {
    containers: [
      {
        name: 'app',
        env: [{ name: 'MESSAGE', valueFrom: { configMapKeyRef: { name: 'app-config', key: 'message' } } }],
        envFrom: [{ prefix: 'APP_', secretRef: { name: 'app-secret' } }],
        volumeMounts: [
          { name: 'config', mountPath: '/etc/app' },
          { name: 'secret', mountPath: '/etc/app-secret' },
        ],
        ...changes,
      },
    ],
    volumes: [
      { name: 'config', configMap: { name: 'app-config' } },
      { name: 'secret', projected: { sources: [{ secret: { name: 'app-secret' } }] } },
    ],
  },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'app', restartCount: 0, ready: true, image: 'i', imageID: 'i' }],
  },
})

let kube: FakeKube
let context: CheckContext
/** What the container has. A kubelet brings changes of the ConfigMap; `follows` says whether this one does. */
let files: Record<string, string>
let variables: Record<string, string>
let follows: boolean
let mode: string
beforeEach(() => {
  kube = new FakeKube(CONFIG, SECRET, pod())
  context = checkContext({ kube })
  files = { '/etc/app/message': 'hello', '/etc/app-secret/password': 's3cret' }
  variables = { MESSAGE: 'hello', APP_password: 's3cret' }
  follows = true
  mode = '400'
  kube.onExec = (_pod, [program, ...args]) => {
    const current = kube.peek<V1ConfigMap>({ apiVersion: 'v1', kind: 'ConfigMap', name: 'app-config', namespace: 'lab-x' })
    if (follows) files['/etc/app/message'] = current?.data?.message ?? ''
    const name = /\$(\w+)/.exec(args.at(-1) ?? '')?.[1] ?? ''
    const stdout = program === 'cat' ? files[args[0] ?? ''] : program === 'stat' ? mode : (variables[name] ?? '')
    return stdout === undefined
      ? { exitCode: 1, stdout: '', stderr: 'No such file or directory' }
      : { exitCode: 0, stdout, stderr: '' }
  }
})

describe('envFromKey', () => {
  it('is met by a variable of a ConfigMap, and by a whole Secret under a prefix', async () => {
    expect(await envFromKey('app', 'MESSAGE', MESSAGE).run(context)).toMatchObject({ met: true })
    expect(await envFromKey('app', 'APP_password', PASSWORD).run(context)).toMatchObject({ met: true })
  })

  it.each<readonly [string, object, RegExp]>([
    ['the same value, written into the Pod', { env: [{ name: 'MESSAGE', value: 'hello' }] }, /saw written into the Pod/],
    ['a variable of another name', { env: [{ name: 'MSG', value: 'hello' }] }, /saw no variable MESSAGE/],
    [
      'another key',
      { env: [{ name: 'MESSAGE', valueFrom: { configMapKeyRef: { name: 'app-config', key: 'other' } } }] },
      /saw ConfigMap app-config key other/,
    ],
  ])('is refused by %s', async (_, changes, message) => {
    kube.put(pod(changes))
    expect(await envFromKey('app', 'MESSAGE', MESSAGE).run(context)).toMatchObject({
      met: false,
      message: expect.stringMatching(message),
    })
  })

  it('is refused where the process has nothing in it', async () => {
    variables = {}
    expect(await envFromKey('app', 'MESSAGE', MESSAGE).run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('$MESSAGE is empty'),
    })
  })
})

describe('fileFromKey', () => {
  const secret = fileFromKey('app', '/etc/app-secret/password', PASSWORD, { mode: '400' })

  it('is met by a mounted key, and shows no secret', async () => {
    const finding = await secret.run(context)
    expect(finding.met).toBe(true)
    expect(JSON.stringify(finding)).not.toContain('s3cret')
  })

  it('is refused by another mode', async () => {
    mode = '644'
    expect(await secret.run(context)).toMatchObject({ met: false, message: 'Pod app: expected mode 400, saw mode 644' })
  })

  it('is refused by a copy that the image has', async () => {
    kube.put(pod({ volumeMounts: [] }))
    expect(await secret.run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('saw no ConfigMap or Secret'),
    })
  })

  it('is refused by a file that does not have the value of now', async () => {
    follows = false
    kube.put({ ...CONFIG, data: { message: 'other' } } as V1ConfigMap)
    expect(await fileFromKey('app', '/etc/app/message', MESSAGE).run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('saw another value than'),
    })
  })
})

describe('configChangeArrives', () => {
  const check = configChangeArrives('app', USE)
  const value = () =>
    kube.peek<V1ConfigMap>({ apiVersion: 'v1', kind: 'ConfigMap', name: 'app-config', namespace: 'lab-x' })?.data?.message

  it('is met by a file that follows and a variable that does not, and puts the value back', async () => {
    expect(await check.run(context)).toMatchObject({ met: true })
    expect(value()).toBe('hello')
    const annotations = kube.peek<V1Pod>({ apiVersion: 'v1', kind: 'Pod', name: 'app', namespace: 'lab-x' })?.metadata
      ?.annotations
    expect(annotations ?? {}).toEqual({})
  })

  it('is refused by a program that reports the file as its variable', async () => {
    const exec = kube.onExec
    kube.onExec = (name, command) => exec(name, command[0] === 'sh' ? ['cat', '/etc/app/message'] : command)
    expect(await check.run(context)).toMatchObject({ met: false })
    expect(value()).toBe('hello')
  })

  it('is refused at once by a subPath, which is never refreshed, and by a ConfigMap that cannot change', async () => {
    kube.put(pod({ volumeMounts: [{ name: 'config', mountPath: '/etc/app/message', subPath: 'message' }] }))
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('by subPath') })
    kube.put(pod())
    kube.put({ ...CONFIG, immutable: true })
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('immutable') })
    expect(kube.calls).toEqual([])
  })

  it('is refused, and disturbs nothing, where the image cannot say what the variable is', async () => {
    variables = {}
    expect(await check.run(context)).toMatchObject({ met: false })
    expect(kube.calls).toEqual([])
  })

  it('puts the value back when it is interrupted', async () => {
    const controller = new AbortController()
    follows = false
    const running = check.run({ ...context, signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 50)
    await expect(running).rejects.toThrow('enough')
    expect(value()).toBe('hello')
  })

  it('believes the learner whose file and key agree on what the variable has not', async () => {
    expect(await check.proven?.(context)).toBeUndefined()
    kube.put({ ...CONFIG, data: { message: 'hello again' } } as V1ConfigMap)
    expect(await check.proven?.(context)).toMatchObject({ met: true })
    expect(kube.calls).toEqual([])
  })
})
