import type { V1EnvVar, V1Pod } from '@kubernetes/client-node'
import { beforeEach, describe, expect, test } from 'vitest'
import { redisCli } from '../../../scripts/checks/redis-cli.ts'
import { redisNeedsPassword, secretStaysSecret } from '../../../scripts/checks/redis-password.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'
import { redisPod } from '../../helpers/redis-pods.ts'

const PASSWORD = 'tea-in-the-rain'
let kube: FakeKube

beforeEach(() => {
  kube = new FakeKube()
  const data = { password: Buffer.from(PASSWORD).toString('base64'), user: 'eA==' }
  kube.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'auth', namespace: 'lab-x' }, data } as never)
})

/** A Pod with this container; its Redis wants a password, which this expression of its shell leads to. */
function start(container: object, expression: string, volumes: object[] = []): void {
  const pod = redisPod('a', '10.0.0.1') as V1Pod & { spec: object }
  kube.put({ ...pod, spec: { ...pod.spec, containers: [{ name: 'redis', ...container }], volumes } } as never)
  kube.onExec = (_pod, [program, , script]) => {
    const known = program === 'redis-cli' ? expression === 'REDISCLI_AUTH' : script?.startsWith(`REDISCLI_AUTH=${expression} `)
    return { exitCode: 0, stdout: known ? 'PONG\n' : 'NOAUTH Authentication required.\n', stderr: '' }
  }
}

const fromSecret = (name: string, key = 'password'): V1EnvVar => ({ name, valueFrom: { secretKeyRef: { name: 'auth', key } } })

describe('redisCli, where Redis wants a password', () => {
  test.each([
    ['a variable from a Secret', { env: [fromSecret('WORD')] }, '"$WORD"', []],
    ['the second of two', { env: [fromSecret('OTHER', 'user'), fromSecret('WORD')] }, '"$WORD"', []],
    ['a variable in plain text', { env: [{ name: 'REDIS_PASSWORD', value: PASSWORD }] }, '"$REDIS_PASSWORD"', []],
    ['a whole Secret', { envFrom: [{ prefix: 'R_', secretRef: { name: 'auth' } }] }, '"$R_password"', []],
    [
      'a mounted Secret',
      { volumeMounts: [{ name: 'auth', mountPath: '/auth' }] },
      '"$(cat \'/auth/password\')"',
      [{ name: 'auth', secret: { secretName: 'auth' } }],
    ],
  ])('finds it in %s, and never shows it', async (_where, container, expression, volumes) => {
    start(container, expression, volumes)
    const answer = await redisCli(checkContext({ kube }), 'a', ['PING'])
    expect(answer).toMatchObject({ answered: true, text: 'PONG' })
    expect(JSON.stringify(answer)).not.toContain(PASSWORD)
  })

  test('asks plainly where redis-cli has the password already', async () => {
    start({ env: [fromSecret('REDISCLI_AUTH')] }, 'REDISCLI_AUTH')
    expect((await redisCli(checkContext({ kube }), 'a', ['PING'])).command).toBe('kubectl -n lab-x exec a -- redis-cli PING')
  })

  test('says what Redis said where the Pod does not know the password', async () => {
    start({ env: [{ name: 'HOME', value: '/root' }] }, 'elsewhere')
    expect(await redisCli(checkContext({ kube }), 'a', ['PING'])).toMatchObject({ text: expect.stringContaining('NOAUTH') })
  })
})

describe('redisNeedsPassword', () => {
  test('is met by a Redis that answers with the password only', async () => {
    start({ env: [fromSecret('WORD')] }, '"$WORD"')
    expect(await redisNeedsPassword('a').run(checkContext({ kube }))).toMatchObject({ met: true })
  })

  test('is refused by one that answers anybody, and by one that does not know the password of its Pod', async () => {
    start({}, 'nowhere')
    expect(await redisNeedsPassword('a').run(checkContext({ kube }))).toMatchObject({ met: false })
    kube.onExec = () => ({ exitCode: 0, stdout: 'PONG\n', stderr: '' })
    expect(await redisNeedsPassword('a').run(checkContext({ kube }))).toMatchObject({
      met: false,
      message: expect.stringContaining('expected NOAUTH, saw PONG'),
    })
  })
})

describe('secretStaysSecret', () => {
  const check = secretStaysSecret('auth', { key: 'password', notIn: [{ kind: 'ConfigMap', name: 'start' }] })
  const script = (text: string): void =>
    void kube.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'start', namespace: 'lab-x' },
      data: { text },
    } as never)

  test('is met when the value is in the Secret only', async () => {
    script('redis-server --requirepass "$REDISCLI_AUTH"')
    const finding = await check.run(checkContext({ kube }))
    expect(finding).toMatchObject({ met: true })
    expect(JSON.stringify(finding)).not.toContain(PASSWORD)
  })

  test.each([`requirepass "${PASSWORD}"`, `--requirepass=${PASSWORD}\n`, PASSWORD])(
    'is refused by %j elsewhere',
    async (text) => {
      script(text)
      const finding = await check.run(checkContext({ kube }))
      expect(finding).toMatchObject({ met: false, message: expect.stringContaining('has it in plain text') })
      expect(JSON.stringify(finding)).not.toContain(PASSWORD)
    },
  )

  test('is refused without the other object, without the Secret, and by a password that is a common word', async () => {
    expect(await check.run(checkContext({ kube }))).toMatchObject({
      met: false,
      message: expect.stringContaining('no ConfigMap'),
    })
    const other = secretStaysSecret('other', { key: 'password', notIn: [] })
    expect(await other.run(checkContext({ kube }))).toMatchObject({
      met: false,
      message: expect.stringContaining('no such Secret'),
    })
    const short = secretStaysSecret('auth', { key: 'user', notIn: [] })
    expect(await short.run(checkContext({ kube }))).toMatchObject({
      met: false,
      message: expect.stringContaining('user: 1 char'),
    })
  })
})
