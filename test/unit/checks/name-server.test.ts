import type { V1Service } from '@kubernetes/client-node'
import { beforeEach, describe, expect, it } from 'vitest'
import { serverKnows, serverKnowsNew } from '../../../scripts/checks/name-server.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const ASKING = { from: 'client', server: '10.0.0.53' }

let kube: FakeKube
/** What the name server says about a Service's address. */
let answer: (service: string, address: string) => string
const context = (signal = new AbortController().signal) => checkContext({ kube, signal })

const service = (name: string, clusterIP: string): V1Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'lab-x' },
  spec: { clusterIP },
})
const says = (server: string, text: string): string => `Server:\t\t${server}\nAddress:\t${server}:53\n\n${text}\n`
const found = (name: string, address: string): string => `Name:\t${name}.lab-x.svc.cluster.local\nAddress: ${address}`

beforeEach(() => {
  kube = new FakeKube(service('web', '10.0.0.9'), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'client', namespace: 'lab-x' },
    status: { phase: 'Running' },
  } as never)
  answer = (name, address) => says('10.0.0.53', found(name, address))
  kube.onExec = (_pod, command) => {
    if (command[0] === 'sed') return { exitCode: 0, stdout: '10.0.0.53\n', stderr: '' }
    const name = command.at(-1)?.split('.')[0] ?? ''
    const ref = { apiVersion: 'v1', kind: 'Service', name, namespace: 'lab-x' }
    return { exitCode: 0, stdout: answer(name, kube.peek<V1Service>(ref)?.spec?.clusterIP ?? ''), stderr: '' }
  }
})

describe('serverKnows', () => {
  const check = serverKnows('web', ASKING)

  it('is met by the address of the Service, from the server that is meant', async () => {
    expect(await check.run(context())).toMatchObject({
      met: true,
      message: 'web.lab-x.svc.cluster.local: asked 10.0.0.53, 10.0.0.9',
    })
  })

  it.each([
    ['another server', says('10.0.0.10', found('web', '10.0.0.9')), /expected asked 10\.0\.0\.53, saw asked 10\.0\.0\.10/],
    ['another address', says('10.0.0.53', found('web', '10.0.0.8')), /expected 10\.0\.0\.9, saw 10\.0\.0\.8/],
    ['no such name', says('10.0.0.53', "** server can't find web: NXDOMAIN"), /saw \*\* server can't find web: NXDOMAIN/],
    ['a server that is not there', ';; connection timed out; no servers could be reached\n', /saw ;; connection timed out/],
    ['silence', '', /saw no answer within 6 s/],
  ])('is refused by %s', async (_, text, message) => {
    answer = () => text
    expect(await check.run(context())).toMatchObject({ met: false, message: expect.stringMatching(message) })
  })

  it('is refused where there is no such Service', async () => {
    kube.remove({ apiVersion: 'v1', kind: 'Service', name: 'web', namespace: 'lab-x' })
    expect(await check.run(context())).toMatchObject({ met: false })
  })
})

describe('serverKnowsNew', () => {
  const check = serverKnowsNew(ASKING)
  const services = async () =>
    (await kube.list({ apiVersion: 'v1', kind: 'Service' }, new AbortController().signal)).map(({ metadata }) => metadata?.name)

  it('is met by a server that learns of a Service a moment later; the Service goes again', async () => {
    const apply = kube.apply.bind(kube)
    kube.apply = async (objects, options) => {
      await apply(objects, options)
      setTimeout(() => kube.put(service(objects[0]?.metadata?.name ?? '', '10.0.0.77')), 20)
    }
    expect(await check.run(context())).toMatchObject({ met: true, message: expect.stringContaining('10.0.0.77') })
    expect(await services()).toEqual(['web'])
  })

  it('removes the Service when it is interrupted', async () => {
    answer = () => says('10.0.0.53', 'NXDOMAIN')
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('enough')), 30)
    await expect(check.run(context(controller.signal))).rejects.toThrow('enough')
    expect(await services()).toEqual(['web'])
  })
})
