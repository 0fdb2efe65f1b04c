import type { V1Pod, V1Service } from '@kubernetes/client-node'
import { beforeEach, describe, expect, test } from 'vitest'
import type { CheckContext } from '../../../scripts/checks/check.ts'
import { doesNotResolve, resolves, srvLists } from '../../../scripts/checks/dns.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const NAMESPACE = 'lab-try'
const DOMAIN = `${NAMESPACE}.svc.cluster.local`
const NXDOMAIN = (name: string): string =>
  `Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n** server can't find ${name}: NXDOMAIN\n`

let kube: FakeKube
let context: CheckContext
/** What the name server knows, by whole name. */
let zone: Record<string, string[]>
let tool: 'getent' | 'nslookup'
let up: boolean

beforeEach(() => {
  kube = new FakeKube()
  tool = 'nslookup'
  up = true
  kube.put(pod('client', '10.244.0.9', {}))
  kube.put(pod('web-0', '10.244.0.1', { hostname: 'web-0', subdomain: 'web' }))
  kube.put(pod('web-1', '10.244.1.1', { hostname: 'web-1', subdomain: 'web' }))
  kube.put(service('web', 'None'))
  zone = {
    [`web.${DOMAIN}`]: ['10.244.0.1', '10.244.1.1'],
    [`web-0.web.${DOMAIN}`]: ['10.244.0.1'],
    [`web-1.web.${DOMAIN}`]: ['10.244.1.1'],
  }
  kube.onExec = (_pod, command) => ({ exitCode: 0, stderr: '', stdout: answer(command) })
  context = checkContext({ kube, namespace: NAMESPACE })
})

function pod(name: string, podIP: string, spec: Partial<NonNullable<V1Pod['spec']>>): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, labels: { app: name.replace(/-\d$/, '') } },
    spec: { containers: [], ...spec },
    status: { phase: 'Running', podIP, conditions: [{ type: 'Ready', status: 'True' }] },
  }
}

function service(name: string, clusterIP: string): V1Service {
  const ports = [{ name: 'http', port: 80 }]
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: NAMESPACE },
    spec: { clusterIP, selector: { app: 'web' }, ports },
  }
}

/** As busybox's nslookup and glibc's getent print it. */
function answer(command: readonly string[]): string {
  if (command[0] === 'nslookup') {
    const [, , name = ''] = command
    const records = zone[name] ?? []
    return records.length === 0 ? NXDOMAIN(name) : records.map((target) => `${name}\tservice = 0 50 80 ${target}\n`).join('')
  }
  const asked = command.at(-1) ?? ''
  const found = [`${asked}.${DOMAIN}`, `${asked}.svc.cluster.local`, `${asked}.cluster.local`, asked].find((name) => zone[name])
  const print = (name: string, addresses: readonly string[]): string =>
    tool === 'getent'
      ? addresses.map((address) => `${address} STREAM ${name}\n${address} DGRAM\n${address} RAW\n`).join('')
      : `Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n${addresses.map((address) => `Name:\t${name}\nAddress: ${address}\n`).join('')}\n`
  const control = up
    ? print('kubernetes.default.svc.cluster.local', ['10.96.0.1'])
    : tool === 'getent'
      ? ''
      : ';; connection timed out; no servers could be reached\n'
  const said = found && up ? print(found, zone[found] ?? []) : tool === 'getent' ? '' : NXDOMAIN(`${asked}.${DOMAIN}`)
  return `${tool}\n=====\n${control}=====\n${said}`
}

describe('resolves', () => {
  test.each(['getent', 'nslookup'] as const)('is met by the addresses of the Pods, by %s', async (program) => {
    tool = program
    expect(await resolves({ from: 'client', name: 'web', to: ['web-1', 'web-0'] }).run(context)).toMatchObject({
      met: true,
      message: 'web: 10.244.0.1, 10.244.1.1',
    })
  })

  test.each(['web-0.web', 'web-0.web.lab-try', 'web-0.web.lab-try.svc', `web-0.web.${DOMAIN}`])('knows %s', async (name) => {
    const finding = await resolves({ from: 'client', name, to: ['web-0'] }).run(context)
    expect(finding).toMatchObject({ met: true })
    expect(finding.evidence[0]?.command).toBe(`kubectl -n lab-try exec client -- nslookup web-0.web.${DOMAIN}`)
  })

  test("is met by a Service's own IP, if that is asked for", async () => {
    kube.put(service('web', '10.96.7.7'))
    zone[`web.${DOMAIN}`] = ['10.96.7.7']
    expect(await resolves({ from: 'client', name: 'web', to: 'cluster-ip' }).run(context)).toMatchObject({ met: true })
    expect(await resolves({ from: 'client', name: 'web', to: ['web-0', 'web-1'] }).run(context)).toMatchObject({
      met: false,
      message: 'web: expected 10.244.0.1, 10.244.1.1, saw 10.96.7.7',
    })
  })

  test('waits for a name server that is behind', async () => {
    const there = zone[`web-0.web.${DOMAIN}`] ?? []
    delete zone[`web-0.web.${DOMAIN}`]
    setTimeout(() => Object.assign(zone, { [`web-0.web.${DOMAIN}`]: there }), 100)
    expect(await resolves({ from: 'client', name: 'web-0.web', to: ['web-0'] }).run(context)).toMatchObject({ met: true })
  })

  test('is refused at once when the name is not to be: the Pod names another Service', async () => {
    kube.put(pod('web-0', '10.244.0.1', { hostname: 'web-0', subdomain: 'other' }))
    delete zone[`web-0.web.${DOMAIN}`]
    expect(await resolves({ from: 'client', name: 'web-0.web', to: ['web-0'] }).run(context)).toMatchObject({
      met: false,
      message: 'web-0.web: expected 10.244.0.1, saw no such name',
    })
  })

  test.each<[string, () => void, RegExp]>([
    [
      'a Pod is missing',
      () => kube.remove({ apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name: 'web-1' }),
      /expected the address of Pod web-1/,
    ],
    [
      'one that asks is not there',
      () => kube.remove({ apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name: 'client' }),
      /there is no Pod client/,
    ],
  ])('is refused when %s', async (_why, spoil, message) => {
    spoil()
    zone[`web.${DOMAIN}`] = ['10.244.0.1']
    const finding = await resolves({ from: 'client', name: 'web', to: ['web-0', 'web-1'] }).run(context)
    expect(finding).toMatchObject({ met: false, message: expect.stringMatching(message) })
  })
})

describe('doesNotResolve', () => {
  test('is met by an answer that there is no such name', async () => {
    expect(await doesNotResolve({ from: 'client', name: 'web-0.other' }).run(context)).toMatchObject({ met: true })
  })

  test('is refused by a name that leads somewhere', async () => {
    expect(await doesNotResolve({ from: 'client', name: 'web-0.web' }).run(context)).toMatchObject({
      met: false,
      message: 'web-0.web: expected no such name, saw 10.244.0.1',
    })
  })

  test.each(['getent', 'nslookup'] as const)(
    'takes no silence for an answer: %s waits until the name server answers',
    async (program) => {
      tool = program
      up = false
      let asked = 0
      const exec = kube.onExec
      kube.onExec = (name, command) => {
        if (++asked === 2) up = true
        return exec(name, command)
      }
      expect(await doesNotResolve({ from: 'client', name: 'web-0.other' }).run(context)).toMatchObject({ met: true })
      expect(asked).toBe(2)
    },
  )
})

describe('srvLists', () => {
  const check = srvLists('web', { from: 'client', port: 'http', pods: ['web-0', 'web-1'] })

  test('is met by one record for each Pod, in any order', async () => {
    zone[`_http._tcp.web.${DOMAIN}`] = [`web-1.web.${DOMAIN}`, `web-0.web.${DOMAIN}.`]
    expect(await check.run(context)).toMatchObject({ met: true, message: expect.stringContaining(`web-0.web.${DOMAIN}:80`) })
  })

  test.each<[string, () => void, RegExp]>([
    [
      'a Pod is missing from them',
      () => Object.assign(zone, { [`_http._tcp.web.${DOMAIN}`]: [`web-1.web.${DOMAIN}`] }),
      /saw web-1\.web\.[^,]*$/,
    ],
    ['there are none', () => {}, /NXDOMAIN/],
    [
      'the port has another name',
      () => kube.put({ ...service('web', 'None'), spec: { ports: [{ port: 80 }] } }),
      /expected a port named http, saw -/,
    ],
    [
      'there is no Service',
      () => kube.remove({ apiVersion: 'v1', kind: 'Service', namespace: NAMESPACE, name: 'web' }),
      /saw no Service web/,
    ],
  ])('is refused when %s', async (_why, spoil, message) => {
    spoil()
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringMatching(message) })
  })
})
