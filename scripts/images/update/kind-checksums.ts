import { messageOf, prerequisiteMissing } from '../../errors.ts'

const PLATFORMS = ['linux-amd64', 'linux-arm64', 'darwin-amd64', 'darwin-arm64', 'windows-amd64', 'windows-arm64']

/**
 * The checksums of a kind release, as it publishes them.
 * @returns platform → sha256; a platform without a program is left out.
 * @throws {StatelabError} `prerequisite-missing` when they cannot be had.
 */
export async function kindChecksums(
  version: string,
  { fetch: get, signal }: { readonly fetch: typeof fetch; readonly signal: AbortSignal },
): Promise<Record<string, string>> {
  const sums = await Promise.all(
    PLATFORMS.map(async (platform) => {
      const url = `https://kind.sigs.k8s.io/dl/${version}/kind-${platform}.sha256sum`
      const answer = await get(url, { signal }).catch((error: unknown) => {
        signal.throwIfAborted()
        throw prerequisiteMissing(
          `${url} cannot be had: ${messageOf(error instanceof TypeError ? (error.cause ?? error) : error)}`,
          'try again where it can be reached',
          error,
        )
      })
      if (answer.status === 404) return []
      const sum = /^[0-9a-f]{64}\b/.exec(await answer.text())?.[0]
      if (!answer.ok || sum === undefined)
        throw prerequisiteMissing(`${url} answers with ${answer.status} and no checksum`, 'try again later')
      return [[platform, sum] as const]
    }),
  )
  return Object.fromEntries(sums.flat())
}
