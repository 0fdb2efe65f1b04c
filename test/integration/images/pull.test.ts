import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parseMirrors } from '../../../scripts/images/registry/mirrors.ts'
import { createPull } from '../../../scripts/images/registry/pull-image.ts'
import { fillRegistry, makeUniqueImage } from '../../helpers/fill-registry.ts'
import { REGISTRY_USER, startRegistry, type TestRegistry } from '../../helpers/registry.ts'
import { startFaultyRegistry } from '../../helpers/registry-proxy.ts'
import { canRunScratchDocker, type ScratchDocker, startScratchDocker } from '../../helpers/scratch-docker.ts'

const REDIS = 'docker.io/library/redis:7.0.15'
const PROVISIONER = 'registry.k8s.io/sig-storage/nfs-subdir-external-provisioner:v4.0.2'
const IMAGE_BYTES = 8_000_000
const PASSWORD = 'correct horse'
const NOTHING = { layers: 0, downloads: 0 }

/** Real registries, and beside the machine's Docker one that has no image: root and an installed dockerd are needed. */
describe.runIf(await canRunScratchDocker())('an image is pulled by its digest', () => {
  const cleanup = new AsyncDisposableStack()
  let docker: ScratchDocker
  let registry: TestRegistry
  let digest: string

  beforeAll(async () => {
    registry = cleanup.use(await startRegistry())
    digest = await fill(registry)
    // Docker itself asks once only, so that what statelab does about a failure shows.
    docker = cleanup.use(await startScratchDocker({ downloadAttempts: 1 }))
  })
  afterAll(() => cleanup.disposeAsync())
  afterEach(() => docker.runner.run('docker', ['system', 'prune', '--all', '--force']))

  test.each([
    ['that has repositories as they are', ['{host}'], [REDIS, PROVISIONER]],
    ['that has them below a prefix', ['{host}/teaching/hub'], [REDIS, PROVISIONER]],
    ['that has them below the names of their registries', ['{host}/all'], [REDIS, PROVISIONER]],
    ['of each registry', ['docker.io={host}/one', 'registry.k8s.io={host}/teaching/hub'], [REDIS, PROVISIONER]],
  ])('from a mirror %s', async (_title, mirrors, references) => {
    const pull = createPull(docker.runner, parse(...mirrors.map((mirror) => mirror.replace('{host}', registry.host))))
    for (const reference of references) {
      await pull({ reference, digest }, { tag: 't-pulled:1', signal: signal(), progress: () => {} })
      expect((await docker.runner.run('docker', ['image', 'inspect', '--format', '{{.Size}}', 't-pulled:1'])).stdout).toBe(
        String(IMAGE_BYTES),
      )
    }
  })

  test('from its own registry when no mirror is for it', async () => {
    await expect(pullFrom('registry.k8s.io=127.0.0.1:1', 'localhost:1/library/redis:7.0.15')).rejects.toMatchObject({
      message: expect.stringMatching(/^localhost:1\/library\/redis:7\.0\.15 could not be pulled: /),
    })
  })

  describe('from a registry with TLS and a password', () => {
    let secured: TestRegistry
    beforeAll(async () => {
      secured = cleanup.use(await startRegistry({ tls: 'valid', password: PASSWORD, contentOf: registry }))
    })
    afterEach(() => rm(join(docker.config, 'config.json'), { force: true }))

    test('with the credentials that Docker is logged in with', async () => {
      await logIn(PASSWORD)
      await pullFrom(secured.host)
    })

    test('without credentials the error says where to log in', async () => {
      await expect(pullFrom(secured.host)).rejects.toMatchObject(loginMissing())
      expect(await docker.remains()).toEqual(NOTHING)
    })

    test('with a wrong password as well', async () => {
      const auth = Buffer.from(`${REGISTRY_USER}:wrong`).toString('base64')
      await writeFile(join(docker.config, 'config.json'), JSON.stringify({ auths: { [secured.host]: { auth } } }))
      await expect(pullFrom(secured.host)).rejects.toMatchObject(loginMissing())
      expect(await docker.remains()).toEqual(NOTHING)
    })

    test('an authority that Docker does not know: the error names the file that makes it known, and that helps', async () => {
      const file = `/etc/docker/certs.d/${secured.bridgeHost}/ca.crt`
      await expect(pullFrom(secured.bridgeHost)).rejects.toMatchObject({
        code: 'prerequisite-missing',
        message: expect.stringMatching(
          /^docker\.io\/library\/redis:7\.0\.15 could not be pulled.*certificate.*unknown authority/s,
        ),
        fix: expect.stringContaining(file),
      })
      const madeFolder = await mkdir(dirname(file), { recursive: true })
      try {
        await writeFile(file, await secured.certificate())
        await logIn(PASSWORD, secured.bridgeHost)
        await pullFrom(secured.bridgeHost)
      } finally {
        await rm(madeFolder ?? file, { recursive: true, force: true })
      }
    })

    function loginMissing(): object {
      return {
        code: 'prerequisite-missing',
        message: expect.stringMatching(/^docker\.io\/library\/redis:7\.0\.15 could not be pulled.*credentials/s),
        fix: `docker login ${secured.host}`,
      }
    }

    async function logIn(password: string, host = secured.host): Promise<void> {
      const args = ['login', '--username', REGISTRY_USER, '--password-stdin', host]
      await docker.runner.run('docker', args, { input: password })
    }
  })

  test('not over an expired certificate, and the error says so', async () => {
    await using expired = await startRegistry({ tls: 'expired', contentOf: registry })
    await expect(pullFrom(expired.bridgeHost)).rejects.toMatchObject({
      code: 'prerequisite-missing',
      message: expect.stringContaining('certificate has expired'),
      fix: expect.stringContaining('expired'),
    })
    expect(await docker.remains()).toEqual(NOTHING)
  })

  test('not without TLS from another machine, unless Docker is told to trust it', async () => {
    await expect(pullFrom(registry.bridgeHost)).rejects.toMatchObject({
      code: 'prerequisite-missing',
      fix: expect.stringContaining(`"insecure-registries": ["${registry.bridgeHost}"]`),
    })
  })

  test.each(['127.0.0.1:1', 'mirror.invalid:5000'])('not from a mirror that does not answer: %s', async (mirror) => {
    await expect(pullFrom(mirror)).rejects.toMatchObject({
      code: 'prerequisite-missing',
      message: expect.stringContaining(`docker.io/library/redis:7.0.15 could not be pulled from ${mirror}: `),
      fix: expect.stringContaining(`curl -v https://${mirror}/v2/`),
    })
  })

  test('not when the registry has another image under the name', async () => {
    digest = digest.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    try {
      await expect(pullFrom(registry.host)).rejects.toMatchObject({
        code: 'image-failed',
        message: expect.stringContaining('does not have this digest'),
      })
    } finally {
      digest = await fill(registry)
    }
  })

  test.each(['manifests', 'configurations', 'layers'] as const)(
    'not when its %s are other than the digest says',
    async (spoiled) => {
      await using faulty = await startFaultyRegistry(registry.host, { spoiled })
      await expect(pullFrom(faulty.host)).rejects.toMatchObject({
        code: 'image-failed',
        message: expect.stringMatching(/^docker\.io\/library\/redis:7\.0\.15 could not be pulled.*nothing of it was kept/s),
      })
      await expectNothingKept()
    },
  )

  test('a connection that breaks more often than Docker bears is no failure yet: it is tried again, and told', async () => {
    const lines: string[] = []
    await using faulty = await startFaultyRegistry(registry.host, { cutAfterBytes: 1_000_000, cuts: 2 })
    await pullFrom(faulty.host, REDIS, { progress: (line) => lines.push(line) })
    expect(faulty.cuts).toBe(2)
    expect(lines).toContain(`the connection to ${faulty.host} broke: trying once more`)
  })

  test('one that breaks every time fails with the name of the image', async () => {
    await using faulty = await startFaultyRegistry(registry.host, { cutAfterBytes: 1_000_000 })
    await expect(pullFrom(faulty.host)).rejects.toMatchObject({
      code: 'image-failed',
      message: expect.stringContaining(
        `docker.io/library/redis:7.0.15 could not be pulled from ${faulty.host}: the connection broke`,
      ),
      fix: expect.any(String),
    })
    await expectNothingKept()
  })

  test('an interrupted pull ends at once, and nothing of the image stays', async () => {
    const lines: string[] = []
    await using faulty = await startFaultyRegistry(registry.host, { bytesPerSecond: 500_000 })
    const controller = new AbortController()
    const pulling = pullFrom(faulty.host, REDIS, { signal: controller.signal, progress: (line) => lines.push(line) })
    pulling.catch(() => {})
    await faulty.untilSent(300_000, signal())
    const startedAt = performance.now()
    controller.abort(new Error('enough'))
    await expect(pulling).rejects.toThrow('enough')
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    expect(lines.join('\n')).toContain('Pulling')
    await expectNothingKept()
    const { sentBytes } = faulty
    expect(sentBytes).toBeLessThan(IMAGE_BYTES / 2)
  })

  test('a full disk is told as one, and what was fetched is removed', async () => {
    await using small = await startScratchDocker({ size: '6m', downloadAttempts: 1 })
    const pull = createPull(small.runner, parse(registry.host))
    await expect(
      pull({ reference: REDIS, digest }, { tag: 't-pulled:1', signal: signal(), progress: () => {} }),
    ).rejects.toMatchObject({
      code: 'prerequisite-missing',
      message: expect.stringMatching(/^docker\.io\/library\/redis:7\.0\.15 could not be pulled.*: the disk is full/),
      fix: expect.stringContaining('docker system prune'),
    })
    await expect.poll(() => small.remains(), { timeout: 10_000 }).toEqual(NOTHING)
  })

  async function pullFrom(
    mirror: string,
    reference = REDIS,
    options: { readonly signal?: AbortSignal; readonly progress?: (line: string) => void } = {},
  ): Promise<void> {
    const pull = createPull(docker.runner, parse(mirror))
    await pull({ reference, digest }, { tag: 't-pulled:1', signal: signal(), progress: () => {}, ...options })
  }

  async function expectNothingKept(): Promise<void> {
    await expect.poll(() => docker.remains(), { timeout: 10_000 }).toEqual(NOTHING)
    expect((await docker.runner.run('docker', ['image', 'ls', '--all', '--quiet'])).stdout).toBe('')
  }
})

const signal = (): AbortSignal => AbortSignal.timeout(60_000)

const parse = (...mirrors: string[]): ReturnType<typeof parseMirrors> => parseMirrors(mirrors)

/** @returns the digest of the one image that it has under all of the names. */
async function fill(registry: TestRegistry): Promise<string> {
  await using image = await makeUniqueImage(IMAGE_BYTES)
  const digests = new Set<string>()
  const layouts = [{}, { prefix: 'teaching/hub' }, { prefix: 'one' }, { prefix: 'all', naming: 'with-registry' as const }]
  for (const layout of layouts) {
    for (const reference of [REDIS, PROVISIONER]) {
      for (const digest of (await fillRegistry(registry, new Map([[image.tag, reference]]), layout)).values()) digests.add(digest)
    }
  }
  const [digest = ''] = digests
  expect(digests.size).toBe(1)
  return digest
}
