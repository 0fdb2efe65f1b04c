import { type Answer, FakeRunner, failing } from '../../helpers/fake-runner.ts'

const LABELS = { 'dev.statelab.environment': 't' }

/** What Docker has of the environment `t`; removing takes effect. */
export class FakeDocker extends FakeRunner {
  readonly has: Set<string>

  /** @param names of the containers, the volume and the network that are there. */
  constructor(...names: readonly string[]) {
    super((command) => this.#answerTo(command))
    this.has = new Set(names)
  }

  /** What was changed, in order. */
  get changes(): string[] {
    return this.commands.filter((command) => / (rm|start|stop|create) /.test(command))
  }

  #answerTo(command: string): Answer {
    if (command.startsWith('docker ps')) {
      const nodes = [...this.has].filter((name) => /-(control-plane|worker\d*)$/.test(name))
      return nodes.map((name) => [name, name.replace(/^t-/, '').replace(/\d+$/, ''), 'running', 'node:1'].join('\t')).join('\n')
    }
    const [, kind, name = ''] = /^docker (container|volume|network|image) inspect .* (\S+)$/.exec(command) ?? []
    if (kind !== undefined)
      return this.has.has(name) ? describe(kind) : failing(`Error response from daemon: No such ${kind}: ${name}`)
    if (command.startsWith('docker exec')) return ''
    const removed = /^docker (?:rm|volume rm|network rm) (?:.* )?(\S+)$/.exec(command)?.[1]
    if (removed === undefined) return failing(`nobody expected ${command}`)
    this.has.delete(removed)
    return ''
  }
}

function describe(kind: string): string {
  if (kind === 'network') return '10.213.0.0/24\n'
  if (kind === 'volume') return JSON.stringify({ Labels: LABELS })
  const Networks = { 'statelab-t': { IPAddress: '10.213.0.10' } }
  return JSON.stringify({ State: { Status: 'running' }, Config: { Labels: LABELS }, NetworkSettings: { Networks } })
}
