import { parseVersionRange } from '../catalog/kubernetes-range.ts'
import type { Lab } from '../catalog/lab.ts'
import { prerequisiteMissing } from '../errors.ts'
import type { Kube } from '../kube/kube.ts'
import type { Text } from '../text.ts'
import { FEATURES } from './features.ts'

/** @throws {StatelabError} `prerequisite-missing` when a lab that somebody asked for cannot run in this environment. */
export async function assertCanRun(lab: Lab, kube: Kube, signal: AbortSignal): Promise<void> {
  const why = await missingRequirement(lab, kube, signal)
  if (!why) return
  const message = { en: `${lab.id} cannot run here: it ${why.en}`, zh: `${lab.id} 在这里无法运行：${why.zh}` }
  const fix = { en: 'statelab list   # shows the other labs', zh: 'statelab list   # 显示其他实验' }
  throw prerequisiteMissing(message, fix)
}

/**
 * Why a lab cannot run in this environment; `undefined` when it can.
 * @throws {StatelabError} `timed-out` when a feature is there and does not work in time: that is a fault, no reason to skip.
 */
export async function missingRequirement(lab: Lab, kube: Kube, signal: AbortSignal): Promise<Text | undefined> {
  const version = await kube.version(signal)
  if (!parseVersionRange(lab.kubernetes)?.(version)) {
    return {
      en: `needs Kubernetes ${lab.kubernetes}, and this is ${version}`,
      zh: `需要 Kubernetes ${lab.kubernetes}，这里是 ${version}`,
    }
  }
  const { nodes = 1, features = [] } = lab.requires ?? {}
  if (nodes > 1) {
    const found = await kube.list({ apiVersion: 'v1', kind: 'Node' }, signal)
    if (found.length < nodes) {
      return { en: `needs ${nodes} nodes, and there are ${found.length}`, zh: `需要 ${nodes} 个节点，这里有 ${found.length} 个` }
    }
  }
  for (const name of features) {
    const feature = FEATURES[name]
    if (!feature || !(await kube.get(feature.shownBy, signal))) {
      return { en: `needs ${name}, which this environment does not have`, zh: `需要 ${name}，这个环境里没有` }
    }
    await feature.untilWorks(kube, signal)
  }
  return undefined
}
