import { join, relative } from 'node:path'
import type { V1CronJob } from '@kubernetes/client-node'
import type { Lab, NodeRole, SolutionStep } from '../catalog/lab.ts'
import { kubectl, kubectlFor } from '../checks/facts.ts'
import { refOf } from '../checks/kinds.ts'
import { type Nodes, nodesOfRole } from '../cluster/nodes-port.ts'
import { messageOf, StatelabError } from '../errors.ts'
import { jobFromCronJob } from '../kube/job-from.ts'
import type { Kube, ObjectRef } from '../kube/kube.ts'
import { loadManifest } from '../kube/manifests.ts'
import { untilGone } from '../kube/wait-for.ts'
import { inLanguage, type Text } from '../text.ts'
import { pasteable } from '../process/command-runner.ts'
import { type LabContext, namespaceOf } from './lab-context.ts'
import { execWhenReady } from './exec-when-ready.ts'
import { fillingCommand, withServerAddress } from './server-address.ts'

const EFFECT_MS = 120_000

/** A step that can be carried out: what it means in this environment. */
export interface PreparedStep {
  /** What a learner types for the same, ready to paste. */
  readonly command: string
  /** @throws {StatelabError} `operation-failed` or `kubernetes-failed` with what the command would say. */
  carryOut(): Promise<void>
}

/** @param file of an `apply` step: its absolute path. */
export async function prepareStep(lab: Lab, step: SolutionStep, file: string, context: LabContext): Promise<PreparedStep> {
  const prepared = await prepare(lab, step, file, context)
  const { refused } = step
  return refused === undefined ? prepared : { ...prepared, carryOut: () => mustBeRefused(prepared, refused, context.signal) }
}

async function prepare(lab: Lab, step: SolutionStep, file: string, context: LabContext): Promise<PreparedStep> {
  const { environment, signal } = context
  const { kube, nodes, nfs } = environment
  const namespace = namespaceOf(lab)
  const command = (...args: string[]): string => kubectl({ namespace }, ...args)
  if ('apply' in step) {
    const shown = shownPath(lab, file)
    const { value: objects, address } = await withServerAddress(await loadManifest(file), nfs, signal)
    const [sed = '', ...args] = address === undefined ? [] : fillingCommand(shown, address)
    return {
      command: address === undefined ? command('apply', '-f', shown) : `${pasteable(sed, args)} | ${command('apply', '-f', '-')}`,
      carryOut: () => kube.apply(objects, { namespace, signal }),
    }
  }
  if ('exec' in step) {
    const { pod, container, command: program } = step.exec
    const shown = command('exec', pod, ...(container === undefined ? [] : ['-c', container]), '--', ...program)
    return {
      command: shown,
      carryOut: async () => {
        const target = { namespace, name: pod, ...(container !== undefined && { container }) }
        mustSucceed(shown, await execWhenReady(kube, target, program, signal))
      },
    }
  }
  if ('createJob' in step) {
    const { name, from } = step.createJob
    return {
      command: command('create', 'job', name, `--from=cronjob/${from}`),
      carryOut: async () => {
        const cronJob = await kube.get<V1CronJob>(refOf('CronJob', from, namespace), signal)
        if (!cronJob)
          throw new StatelabError('operation-failed', { en: `there is no CronJob ${from}`, zh: `没有 CronJob ${from}` })
        await kube.apply([jobFromCronJob(cronJob, name)], { namespace, signal })
      },
    }
  }
  if ('onNode' in step) {
    const node = await nodeOf(nodes, step.onNode.node, signal)
    const { value: program } = await withServerAddress(step.onNode.command, nfs, signal)
    const shown = nodes.command(node, program)
    return { command: shown, carryOut: async () => mustSucceed(shown, await nodes.run(node, program, signal)) }
  }
  if ('onServer' in step) {
    const { command: program } = step.onServer
    const shown = nfs.command(program)
    return { command: shown, carryOut: async () => mustSucceed(shown, await nfs.run(program, signal)) }
  }
  if ('power' in step) {
    const node = await nodeOf(nodes, step.power.node, signal)
    const { action } = step.power
    return { command: nodes.powerCommand(node, action), carryOut: () => nodes[action](node, signal) }
  }
  return prepareChange(step, { kube, namespace, signal })
}

interface Target {
  readonly kube: Kube
  readonly namespace: string
  readonly signal: AbortSignal
}

type Change = Extract<SolutionStep, { delete: unknown } | { patch: unknown } | { scale: unknown }>

function prepareChange(step: Change, { kube, namespace, signal }: Target): PreparedStep {
  const { kind, name } = 'delete' in step ? step.delete : 'patch' in step ? step.patch : step.scale
  const ref = refOf(kind, name, namespace)
  const object = [kind.toLowerCase(), name]
  const command = (...args: string[]): string => kubectlFor(ref, ...args)
  if ('delete' in step) {
    const { force = false, orphan = false, wait = true } = step.delete
    const flags = [
      ...(force ? ['--grace-period=0', '--force'] : []),
      ...(orphan ? ['--cascade=orphan'] : []),
      ...(wait ? [] : ['--wait=false']),
    ]
    const options = { orphan, ...(force && { gracePeriodSeconds: 0 }), signal }
    return { command: command('delete', ...object, ...flags), carryOut: () => deleteAndWait(kube, ref, { ...options, wait }) }
  }
  if ('scale' in step) {
    const { replicas } = step.scale
    return {
      command: command('scale', ...object, `--replicas=${replicas}`),
      carryOut: () => kube.patch(ref, { spec: { replicas } }, signal),
    }
  }
  const { patch } = step.patch
  return {
    command: command('patch', ...object, '--type=merge', '-p', JSON.stringify(patch)),
    carryOut: () => kube.patch(ref, patch, signal),
  }
}

async function mustBeRefused({ command, carryOut }: PreparedStep, refused: RegExp, signal: AbortSignal): Promise<void> {
  let message: string | Text
  try {
    await carryOut()
    message = { en: 'it was accepted', zh: '却被接受了' }
  } catch (error) {
    signal.throwIfAborted()
    message = messageOf(error)
    if (refused.test(message)) return
  }
  throw new StatelabError('operation-failed', {
    en: `${command} should have been refused with ${refused}: ${inLanguage(message, 'en')}`,
    zh: `${command} 本应被拒绝（${refused}）：${inLanguage(message, 'zh')}`,
  })
}

/** From the folder above the labs' own, which for the labs that come with statelab is the checkout: `labs/20-x/solution/y.yaml`. */
function shownPath(lab: Lab, file: string): string {
  return relative(join(lab.folder, '..', '..'), file)
}

async function nodeOf(nodes: Nodes, role: NodeRole, signal: AbortSignal): Promise<string> {
  const [machine] = await nodesOfRole(nodes, role, signal)
  if (!machine) {
    throw new StatelabError('operation-failed', { en: `this environment has no ${role} node`, zh: `这个环境里没有 ${role} 节点` })
  }
  return machine.name
}

/** As kubectl does: until that very object is gone. */
async function deleteAndWait(
  kube: Kube,
  ref: ObjectRef,
  { wait, signal, ...options }: { wait: boolean; orphan: boolean; gracePeriodSeconds?: number; signal: AbortSignal },
): Promise<void> {
  const uid = (await kube.get(ref, signal))?.metadata?.uid
  await kube.delete(ref, { ...options, signal })
  if (wait && uid !== undefined) await untilGone(kube, ref, { uid, timeoutMs: EFFECT_MS, signal })
}

function mustSucceed(command: string, { exitCode, stdout, stderr }: { exitCode: number; stdout: string; stderr: string }): void {
  if (exitCode === 0) return
  const said = (stderr || stdout).trim()
  throw new StatelabError('operation-failed', {
    en: `${command} exited with ${exitCode}: ${said}`,
    zh: `${command} 以退出码 ${exitCode} 结束：${said}`,
  })
}
