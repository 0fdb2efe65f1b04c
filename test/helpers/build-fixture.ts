import { join } from 'node:path'
import { contentKey } from '../../scripts/images/build/content-key.ts'
import { buildImage, inspectImage } from '../../scripts/images/build/docker.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'

const FIXTURES = join(import.meta.dirname, '..', 'fixtures')

/**
 * Builds the image of test/fixtures/NAME, unless there is one of the same content.
 * @param args the images that it is built on, by the build argument that names each.
 * @returns its tag.
 */
export async function buildFixture(name: string, args: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string> {
  const key = await contentKey(FIXTURES, { patterns: [`${name}/**`], inputs: Object.values(args) })
  const tag = `statelab/test-${name}:${key}`
  if (!(await inspectImage(execaRunner, tag, signal))) {
    await buildImage(execaRunner, { tag, context: join(FIXTURES, name), args, signal, progress: () => {} })
  }
  return tag
}
