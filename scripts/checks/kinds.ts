import { badInput } from '../errors.ts'
import type { ObjectRef } from '../kube/kube.ts'

const NAMESPACED: Readonly<Record<string, string>> = {
  ConfigMap: 'v1',
  Endpoints: 'v1',
  Event: 'v1',
  PersistentVolumeClaim: 'v1',
  Pod: 'v1',
  ResourceQuota: 'v1',
  Secret: 'v1',
  Service: 'v1',
  ServiceAccount: 'v1',
  DaemonSet: 'apps/v1',
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  CronJob: 'batch/v1',
  Job: 'batch/v1',
  ControllerRevision: 'apps/v1',
  EndpointSlice: 'discovery.k8s.io/v1',
  PodDisruptionBudget: 'policy/v1',
  Role: 'rbac.authorization.k8s.io/v1',
  RoleBinding: 'rbac.authorization.k8s.io/v1',
}

const CLUSTER_WIDE: Readonly<Record<string, string>> = {
  Namespace: 'v1',
  Node: 'v1',
  PersistentVolume: 'v1',
  StorageClass: 'storage.k8s.io/v1',
  ClusterRole: 'rbac.authorization.k8s.io/v1',
  ClusterRoleBinding: 'rbac.authorization.k8s.io/v1',
  PriorityClass: 'scheduling.k8s.io/v1',
}

/**
 * The object a lab means by kind and name.
 * @throws {StatelabError} `bad-input` for a kind the labs' vocabulary does not know.
 */
export function refOf(kind: string, name: string, namespace: string): ObjectRef {
  const clusterWide = CLUSTER_WIDE[kind]
  if (clusterWide !== undefined) return { apiVersion: clusterWide, kind, name }
  const apiVersion = NAMESPACED[kind]
  if (apiVersion === undefined) throw badInput(`labs know no kind ${JSON.stringify(kind)}`, `known: ${knownKinds().join(', ')}`)
  return { apiVersion, kind, name, namespace }
}

export function knownKinds(): string[] {
  return [...Object.keys(NAMESPACED), ...Object.keys(CLUSTER_WIDE)].sort()
}
