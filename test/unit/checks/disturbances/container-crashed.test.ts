import { describe, expect, test } from 'vitest'
import { containerCrashed } from '../../../../scripts/checks/disturbances/container-crashed.ts'
import { podFile } from '../../../../scripts/checks/pod-file.ts'
import { survives } from '../../../../scripts/checks/survives.ts'
import { checkContext } from '../../../helpers/check-context.ts'
import { PodWorld, type Storage } from '../../../helpers/pod-world.ts'

const file = podFile('web', { path: '/data/a.txt', contains: 'hello' })
const check = survives(file, containerCrashed('web'), { timeoutMs: 300 })

function started(storage: Storage) {
  const world = new PodWorld(storage)
  world.start('web')
  world.write('web', '/data/a.txt', 'hello world')
  return { world, context: checkContext({ kube: world.kube, nodes: world.nodes }) }
}

describe('survives(podFile, containerCrashed)', () => {
  test('kills the container from its node, and counts a restart in the same Pod', async () => {
    const { world, context } = started('emptyDir')
    const { uid } = world.pod('web')?.metadata ?? {}
    const id = world.pod('web')?.status?.containerStatuses?.[0]?.containerID?.replace('containerd://', '')
    const finding = await check.run(context)
    expect(finding).toMatchObject({ met: true })
    expect(finding.evidence.slice(0, 2)).toEqual([
      {
        expected: 'restartCount above 0',
        observed: 'restartCount 1',
        command: `kubectl -n lab-x get pod web -o 'jsonpath={.status.containerStatuses[?(@.name=="main")].restartCount}'`,
      },
      {
        expected: `still UID ${uid}`,
        observed: `still UID ${uid}`,
        command: "kubectl -n lab-x get pod web -o 'jsonpath={.metadata.uid}'",
      },
    ])
    expect(world.nodes.calls).toEqual([`run worker ctr -n k8s.io tasks kill -s SIGKILL ${id}`])
    expect(world.kube.watches).toBe(0)
  })

  test('is refused by what is in the container only', async () => {
    const { context } = started('container')
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('No such file') })
  })

  test('kills nothing in a Pod that is not ready, or not there', async () => {
    const { world, context } = started('emptyDir')
    expect(await containerCrashed('other').run(context)).toMatchObject({ met: false })
    expect(await containerCrashed('web', { container: 'other' }).run(context)).toMatchObject({ met: false })
    world.kube.put({ ...world.pod('web'), status: { phase: 'Pending' } } as never)
    expect(await containerCrashed('web').run(context)).toMatchObject({ met: false })
    expect(world.nodes.calls).toEqual([])
  })

  test('cannot look when the node refuses to kill', async () => {
    const { world, context } = started('emptyDir')
    world.nodes.onRun = () => ({ exitCode: 1, stdout: '', stderr: 'no such task' })
    await expect(check.run(context)).rejects.toThrow('cannot kill a container on worker: no such task')
  })

  test("believes the learner's own crash, when the file is older than the restart", async () => {
    const { world, context } = started('emptyDir')
    expect(await check.proven?.(context)).toBeUndefined()
    const id = world.pod('web')?.status?.containerStatuses?.[0]?.containerID?.replace('containerd://', '') ?? ''
    await world.nodes.run('worker', ['kill', id])
    expect(await check.proven?.(context)).toMatchObject({ met: true, message: expect.stringContaining('restartCount 1') })
  })
})
