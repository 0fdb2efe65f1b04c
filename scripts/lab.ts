/**
 * What the author of a lab imports: `import { defineLab, … } from 'statelab/lab'`. A lab is data; see `labs/` for
 * examples.
 */
export type { Hint, Lab, LabDefinition, NodeRole, Ownership, SolutionStep, Task, WrongSolution } from './catalog/lab.ts'
export type { Language, Text } from './text.ts'
export { defineLab } from './catalog/define-lab.ts'
export { type Check, type CheckContext, type Evidence, type Finding, met, say, unmet } from './checks/check.ts'
export { podDeleted, type PodDeletion } from './checks/disturbances.ts'
export { exportDirectory, exportFile } from './checks/export.ts'
export { conclude, type Fact, fact, kubectl, kubectlAll } from './checks/facts.ts'
export { allOf, type FieldValue, not, objectHas } from './checks/object.ts'
export { outputOf, podPrints, podReady } from './checks/pod.ts'
export { redisKey, redisRefusesWrites, redisReplica } from './checks/redis.ts'
export { headlessService, statefulSetReady } from './checks/statefulset.ts'
export { type Disturbance, type Lasting, survives } from './checks/survives.ts'
export { type ClaimExpectation, mountedAt, pvcBound, pvcPending } from './checks/volumes.ts'
export { eventSays, podPending } from './checks/events.ts'
export { lost } from './checks/lost.ts'
export { nodeFile, noNodeFile, type NodeFile } from './checks/node-file.ts'
export { noPodFile, podFile, type PodFile } from './checks/pod-file.ts'
export { apiRefuses, type Submission } from './checks/refusal.ts'
export { containerCrashed } from './checks/disturbances/container-crashed.ts'
export { podRecreated } from './checks/disturbances/pod-recreated.ts'
