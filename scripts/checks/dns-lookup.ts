import { type CheckContext, say } from './check.ts'
import { kubectl } from './facts.ts'
import { outputOf } from './pod.ts'

/** What a Pod's resolver said. */
export interface Lookup {
  /** `no-pod`: the Pod cannot ask; `no-server`: the name server did not answer. `text` says why. */
  readonly state: 'answered' | 'no-pod' | 'no-server'
  /** The IPv4 addresses, sorted; none when there is no such name. */
  readonly addresses: readonly string[]
  readonly text: string
  /** What a person types for the same. */
  readonly command: string
}

/**
 * The name is looked up as the C library does it: by `getent` where the image has it, and elsewhere (busybox) by
 * `nslookup` with each of the Pod's search domains, because busybox's own does not search for names with a dot. A name
 * that always exists is looked up as well: only then is "no such name" an answer.
 */
export async function lookUp(context: CheckContext, from: string, name: string): Promise<Lookup> {
  const { answered, text } = await outputOf(context, from, ['sh', '-c', LOOK_UP, 'lookup', name])
  const command = (...program: string[]): string => kubectl(context, 'exec', from, '--', ...program)
  if (!answered) return { state: 'no-pod', addresses: [], text, command: command('nslookup', name) }
  const [tool = '', control = '', answer = ''] = text.split('=====\n')
  const shown = tool.includes('getent')
    ? command('getent', 'ahostsv4', name)
    : command('nslookup', foundName(answer) ?? qualified(name, context))
  if (addressesIn(control).length === 0) {
    const failed = say(context, {
      en: `the name server does not answer: ${oneLine(control)}`,
      zh: `域名服务器没有回答：${oneLine(control)}`,
    })
    return { state: 'no-server', addresses: [], text: failed, command: shown }
  }
  const addresses = addressesIn(answer)
  const nothing = say(context, { en: 'no such name', zh: '没有这个域名' })
  return { state: 'answered', addresses, text: addresses.join(', ') || nothing, command: shown }
}

/** One SRV record: where a named port of a Service is served. */
export interface ServiceRecord {
  readonly port: number
  readonly target: string
}

/** The SRV records of a name, by `nslookup`. `text` is what it said last, when there are none. */
export async function lookUpServices(
  context: CheckContext,
  from: string,
  name: string,
): Promise<{ readonly records: readonly ServiceRecord[]; readonly text: string; readonly command: string }> {
  const program = ['nslookup', '-type=srv', name]
  const { text } = await outputOf(context, from, program)
  const records = [...text.matchAll(/\sservice = \d+ \d+ (\d+) (\S+)/g)].map(([, port, target = '']) => ({
    port: Number(port),
    target: target.replace(/\.$/, ''),
  }))
  return { records, text: oneLine(text), command: kubectl(context, 'exec', from, '--', ...program) }
}

/** The whole name of what a Pod of the namespace calls `pod.service`. */
export function qualified(name: string, { namespace }: Pick<CheckContext, 'namespace'>): string {
  if (name.endsWith('.cluster.local')) return name
  return `${name.replace(`.${namespace}.svc`, '').replace(/\.svc$/, '')}.${namespace}.svc.cluster.local`
}

const LOOK_UP = `
if command -v getent >/dev/null; then
  echo getent; echo =====; getent ahostsv4 kubernetes.default.svc.cluster.local 2>&1; echo =====; getent ahostsv4 "$1" 2>&1
else
  echo nslookup; echo =====; nslookup -type=a kubernetes.default.svc.cluster.local 2>&1; echo =====
  for domain in $(sed -n 's/^search *//p' /etc/resolv.conf) ''; do
    nslookup -type=a "$1\${domain:+.$domain}" 2>&1 && break
  done
fi
true`

/** getent begins a line with an address; nslookup has the server's first, then `Name:` and `Address:` for each. */
function addressesIn(output: string): string[] {
  const named = output.search(/^Name:/m)
  const answer = named === -1 ? output.replace(/^(Server|Address).*$/gm, '') : output.slice(named)
  const found = [...answer.matchAll(/^(?:Address(?: \d+)?:\s*)?(\d+\.\d+\.\d+\.\d+)(?=\s|$)/gm)]
  return [...new Set(found.map(([, address = '']) => address))].sort()
}

function foundName(output: string): string | undefined {
  return /^Name:\s*(\S+)/m.exec(output)?.[1]
}

function oneLine(text: string): string {
  return (
    text
      .trim()
      .split(/\s*\n+\s*/)
      .at(-1) || '-'
  )
}
