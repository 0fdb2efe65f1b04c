import type { KubernetesObject } from '@kubernetes/client-node'
import { isUnreachable, KubernetesError } from '../kube/kubernetes-error.ts'
import type { ObjectRef } from '../kube/kube.ts'
import { pasteable } from '../process/command-runner.ts'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, fact, kubectlFor } from './facts.ts'
import { refOf } from './kinds.ts'

/** An object as a manifest has it; of one that exists already, only the fields to change. */
export interface Submission {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

/**
 * The API would refuse an object, in these words. It is asked with a dry run: the API decides as it would, quotas and
 * admission included, and stores nothing.
 * @param object what is submitted. When one of its name exists, it is changed in these fields.
 * @param message what the API's own message must say.
 * @param options.id tells several submissions of one object apart.
 */
export function apiRefuses(object: Submission, message: RegExp, options: { readonly id?: string } = {}): Check {
  const { kind } = object
  const { name } = object.metadata
  return {
    id: `api-refuses/${kind}/${name}${options.id === undefined ? '' : `/${options.id}`}`,
    kind: 'observe',
    title: { en: `The API refuses ${kind} ${name}: ${message}`, zh: `API 拒绝 ${kind} ${name}：${message}` },
    async run(context) {
      const { kube, namespace, signal } = context
      const ref = refOf(kind, name, namespace)
      const live = await kube.get(ref, signal)
      const typed = live ? patchCommand(ref, object) : createCommand(ref, object)
      const submitted = {
        apiVersion: ref.apiVersion,
        ...((live ? merged(withoutHistory(live), object) : object) as KubernetesObject),
      }
      const said = await refusalOf(context, submitted)
      return conclude(context, `${kind} ${name}`, [
        fact(
          say(context, { en: `refused: ${message}`, zh: `拒绝：${message}` }),
          said === undefined
            ? say(context, { en: 'accepted', zh: '接受了' })
            : say(context, { en: `refused: ${said}`, zh: `拒绝：${said}` }),
          typed,
          said !== undefined && message.test(said),
        ),
      ])
    },
  }
}

/** @returns the API's message; `undefined` when it accepts the object. */
async function refusalOf({ kube, namespace, signal }: CheckContext, object: KubernetesObject): Promise<string | undefined> {
  try {
    await kube.apply([object], { namespace, dryRun: true, signal })
    return undefined
  } catch (error) {
    if (!(error instanceof KubernetesError) || isUnreachable(error)) throw error
    return error.message
  }
}

/** An object as it could be applied again: server-side apply refuses one that names its own managers. */
function withoutHistory(live: KubernetesObject): object {
  const { managedFields: _managers, resourceVersion: _version, ...metadata } = live.metadata ?? {}
  const { status: _status, ...rest } = live as KubernetesObject & { readonly status?: unknown }
  return { ...rest, metadata }
}

/** RFC 7386: a JSON merge patch, as `kubectl patch --type=merge` applies it. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Record<string, unknown> = { ...(target as Record<string, unknown>) }
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field]
    else result[field] = merged(result[field], value)
  }
  return result
}

function patchCommand(ref: ObjectRef, object: Submission): string {
  const { apiVersion: _version, kind, metadata, ...fields } = object
  const { name, ...rest } = metadata
  const patch = JSON.stringify({ ...(Object.keys(rest).length > 0 && { metadata: rest }), ...fields })
  return kubectlFor(ref, 'patch', kind.toLowerCase(), name, '--type=merge', '--dry-run=server', '-p', patch)
}

function createCommand(ref: ObjectRef, object: Submission): string {
  const manifest = JSON.stringify({ apiVersion: ref.apiVersion, ...object })
  return `${pasteable('echo', [manifest])} | ${kubectlFor(ref, 'create', '--dry-run=server', '-f', '-')}`
}
