import { describe, expect, it } from 'vitest'
import { buildImage, inspectImage } from '../../../../scripts/images/build/docker.ts'
import { FakeRunner, failing } from '../../../helpers/fake-runner.ts'

const { signal } = new AbortController()

describe('inspectImage', () => {
  it('reads what Docker knows', async () => {
    const runner = new FakeRunner(() => JSON.stringify({ Id: 'sha256:1', Size: 7, Created: '2026-01-01T00:00:00Z', Config: {} }))
    expect(await inspectImage(runner, 'a:b', signal)).toEqual({ id: 'sha256:1', sizeBytes: 7, createdAt: '2026-01-01T00:00:00Z' })
    expect(runner.commands).toEqual(["docker image inspect --format '{{json .}}' a:b"])
  })

  it.each(['Error: No such image: a:b', 'Error response from daemon: no such image: a: No such image: a:b'])(
    'knows none when Docker says %j',
    async (stderr) => {
      expect(await inspectImage(new FakeRunner(() => failing(stderr)), 'a:b', signal)).toBeUndefined()
    },
  )

  it('does not take a daemon that does not answer for a missing image', async () => {
    const runner = new FakeRunner(() => failing('Cannot connect to the Docker daemon'))
    await expect(inspectImage(runner, 'a:b', signal)).rejects.toMatchObject({ code: 'command-failed' })
  })
})

describe('buildImage', () => {
  it('builds with the classic builder, arguments and labels, and pulls nothing', async () => {
    const runner = new FakeRunner((_, { onLine }) => {
      onLine?.('Step 1/1')
      return ''
    })
    const lines: string[] = []
    const args = { BASE: 'statelab/debian:1', NFS_MOUNT: 'statelab/nfs-mount:2' }
    await buildImage(runner, {
      tag: 'x:1',
      context: '/c',
      args,
      labels: { 'a.b': 'c d' },
      signal,
      progress: (line) => lines.push(line),
    })
    expect(runner.commands).toEqual([
      "docker build --force-rm --tag x:1 --build-arg BASE=statelab/debian:1 --build-arg NFS_MOUNT=statelab/nfs-mount:2 --label 'a.b=c d' /c",
    ])
    expect(runner.calls[0]?.options).toMatchObject({ signal, env: { DOCKER_BUILDKIT: '0' } })
    expect(lines).toEqual(['Step 1/1'])
  })

  it('takes a Dockerfile of another name', async () => {
    const runner = new FakeRunner()
    await buildImage(runner, { tag: 'x:1', context: '/c', dockerfile: '/d/Other', signal, progress: () => {} })
    expect(runner.commands).toEqual(['docker build --force-rm --tag x:1 --file /d/Other /c'])
  })
})
