import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { V1Pod } from '@kubernetes/client-node'
import type { Lab, Task } from '../../scripts/catalog/lab.ts'
import { type Check, met, unmet } from '../../scripts/checks/check.ts'
import type { ProgressEvent } from '../../scripts/events.ts'
import type { ExportEntry } from '../../scripts/nfs/export-view.ts'
import type { LabContext, LabEnvironment } from '../../scripts/runner/lab-context.ts'
import { FakeKube } from './fake-kube.ts'
import { FakeNfsMachine } from './fake-nfs-machine.ts'
import { FakeNodes } from './fake-nodes.ts'

/** What a check of a test has been asked to do. */
export interface ScriptedCheck extends Check {
  runs: number
}

/** A check that finds what the test says. */
export function scripted(
  id: string,
  find: boolean | (() => boolean | Promise<boolean>),
  more: Partial<Check> = {},
): ScriptedCheck {
  const check: ScriptedCheck = {
    id,
    kind: 'observe',
    title: text(`${id} is so`),
    runs: 0,
    async run() {
      check.runs++
      return (typeof find === 'boolean' ? find : await find()) ? met(`${id} seen`) : unmet(`${id} not seen`)
    },
    ...more,
  }
  return check
}

export function task(id: string, ...checks: Check[]): Task {
  return { id, title: text(id), checks, hints: [{ text: text(`about ${id}`) }] }
}

export function text(words: string): { en: string; zh: string } {
  return { en: words, zh: `${words}（中）` }
}

export interface LabFixture extends AsyncDisposable {
  readonly lab: Lab
  readonly kube: FakeKube
  readonly context: LabContext
  readonly events: ProgressEvent[]
  /** What the export holds at its root. */
  readonly directories: string[]
}

/** A lab in a folder of its own, and a cluster in memory that makes service accounts and ends namespaces as the real one does. */
export async function labFixture(
  definition: Partial<Lab>,
  files: Readonly<Record<string, string>> = {},
  environment: Partial<LabEnvironment> = {},
): Promise<LabFixture> {
  const folder = join(await mkdtemp(join(tmpdir(), 'statelab-lab-')), 'labs', '10-try')
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  const kube = new FakeKube()
  const events: ProgressEvent[] = []
  const directories: string[] = []
  const put = kube.put.bind(kube)
  kube.put = (object) => {
    const stored = put(object)
    if (object.kind === 'Namespace')
      put({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: object.metadata?.name ?? '' } })
    return stored
  }
  const list = async (): Promise<ExportEntry[]> =>
    directories.map((name) => ({ name, kind: 'directory', mode: 0o777, sizeBytes: 0, modifiedAt: new Date() }))
  const exported = { list, read: async () => undefined, command: (path: string) => `ls /export/${path}` }
  return {
    lab: {
      id: 'try',
      track: 'redis',
      minutes: 1,
      kubernetes: '>=1.27',
      title: text('Try'),
      tasks: [],
      solution: [],
      wrong: [],
      folder,
      ...definition,
    },
    kube,
    context: {
      environment: { name: 'test', kube, export: exported, nodes: new FakeNodes(), nfs: new FakeNfsMachine(), ...environment },
      signal: new AbortController().signal,
      emit: (event) => events.push(event),
      language: 'en',
    },
    events,
    directories,
    [Symbol.asyncDispose]: () => rm(join(folder, '..', '..'), { recursive: true }),
  }
}

export function readyPod(name: string, namespace = 'lab-try'): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  }
}

export const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n'
