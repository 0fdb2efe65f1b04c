import { join } from 'node:path'
import type { ContextEntry } from '../build/build-context.ts'

/** What a target is given when its build context is put together. */
export interface TargetInputs {
  /** The folder of build contexts. */
  readonly images: string
  readonly manifests: string
  /** The folder of the Go programs that were built. */
  readonly programs: string
  /** The folder of kind's Go module. */
  readonly kindModule: string
  readonly kubernetes: string
}

/** An image that a Dockerfile makes: what it is built on, and what goes into its context. */
export interface Target {
  readonly id: string
  readonly title: string
  /** The licences of what the image is for, as an SPDX expression. */
  readonly licences?: string
  /** The Debian package whose version is the image's; else it is that of the lock file, of Kubernetes, or of statelab. */
  readonly versionOf?: string
  /** The image that the Dockerfile's `BASE` names; none for one that starts from scratch. */
  readonly base?: string
  /** Further images, by the build argument that names each. */
  readonly from?: Readonly<Record<string, string>>
  /** The Go programs in it. */
  readonly programs?: readonly string[]
  /** What of images/ the key is made from, when it is not the target's own folder. */
  readonly files?: readonly string[]
  /** What of manifests/ goes in. */
  readonly manifests?: readonly string[]
  /** True when files of kind's module go in. */
  readonly usesKind?: true
  /** The context, when it is more than the target's own folder. */
  readonly context?: (inputs: TargetInputs) => readonly ContextEntry[]
}

const PROGRAM_LINKS = [
  'coredns',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubeadm',
  'kubectl',
  'kubelet',
  'metrics-server',
]

const own =
  (id: string) =>
  (inputs: TargetInputs): ContextEntry => ({ from: join(inputs.images, id), to: '.' })
const program = (inputs: TargetInputs, name: string, to = name): ContextEntry => ({ from: join(inputs.programs, name), to })

/** Every image of the `packages` source except Debian itself and the finished node. The id is the folder under images/. */
export const TARGETS: readonly Target[] = [
  { id: 'redis', title: 'Redis', licences: 'BSD-3-Clause', base: 'debian' },
  { id: 'nginx', title: 'nginx', licences: 'BSD-2-Clause', base: 'debian' },
  { id: 'pause', title: 'the Pod sandbox', licences: 'Apache-2.0 AND LGPL-2.1-or-later', base: 'debian' },
  { id: 'nfs-server', title: 'the NFS server', licences: 'LGPL-3.0-or-later', versionOf: 'nfs-ganesha', base: 'debian' },
  { id: 'nfs-mount', title: 'the NFS client', licences: 'Apache-2.0', base: 'debian' },
  {
    id: 'kube',
    title: 'the control plane',
    licences: 'Apache-2.0',
    base: 'debian',
    programs: ['kube'],
    context: (inputs) => [
      own('kube')(inputs),
      program(inputs, 'kube', 'programs/kube'),
      ...PROGRAM_LINKS.map((name) => ({ to: `programs/${name}`, link: 'kube' })),
    ],
  },
  { id: 'coredns', title: 'CoreDNS', licences: 'Apache-2.0', base: 'kube' },
  { id: 'metrics-server', title: 'metrics-server', licences: 'Apache-2.0', base: 'kube' },
  {
    id: 'nfs-provisioner',
    title: 'the provisioner',
    licences: 'Apache-2.0',
    programs: ['nfs-provisioner'],
    context: (inputs) => [own('nfs-provisioner')(inputs), program(inputs, 'nfs-provisioner')],
  },
  {
    id: 'node/network',
    title: 'the Pod network',
    licences: 'Apache-2.0',
    programs: ['node-network'],
    context: (inputs) => [own('node/network')(inputs), program(inputs, 'node-network')],
  },
  {
    id: 'node',
    title: 'the node without its images',
    licences: 'Apache-2.0',
    base: 'debian',
    from: { NFS_MOUNT: 'nfs-mount' },
    programs: ['containerd', 'containerd-shim-runc-v2', 'ctr'],
    files: ['node/Dockerfile', 'node/bake', 'node/files/**'],
    manifests: ['network/default-cni.yaml', 'kind/default-storage.yaml'],
    usesKind: true,
    context: (inputs) => [
      { from: join(inputs.images, 'node', 'Dockerfile'), to: 'Dockerfile' },
      { from: join(inputs.images, 'node', 'bake'), to: 'bake' },
      { from: join(inputs.images, 'node', 'files'), to: 'files' },
      { from: join(inputs.kindModule, 'images', 'base', 'files'), to: 'kind-files' },
      { from: join(inputs.manifests, 'network', 'default-cni.yaml'), to: 'files/kind/manifests/default-cni.yaml' },
      { from: join(inputs.manifests, 'kind', 'default-storage.yaml'), to: 'files/kind/manifests/default-storage.yaml' },
      { to: 'files/kind/version', text: inputs.kubernetes },
      ...['containerd', 'containerd-shim-runc-v2', 'ctr'].map((name) => program(inputs, name, `programs/${name}`)),
    ],
  },
]
