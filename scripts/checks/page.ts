import { type Check, say } from './check.ts'
import { conclude, fact, kubectl } from './facts.ts'
import { outputOf } from './pod.ts'

/**
 * A web server answers with this page, to a Pod that asks it by HTTP. The tags of HTML do not count.
 * @param url such as `http://web-1.nginx/`: a name as the asking Pod knows it.
 * @param options.from the Pod that asks, with the `curl` or the `wget` of its image.
 * @param options.text the whole text of the page, without white space around it.
 */
export function servesPage(url: string, { from, text }: { readonly from: string; readonly text: string }): Check {
  return {
    id: `serves-page/${url}`,
    kind: 'observe',
    title: { en: `${url} answers "${text}"`, zh: `${url} 返回 "${text}"` },
    async run(context) {
      const { answered, text: page } = await outputOf(context, from, ['sh', '-c', GET, 'get', url])
      const seen = page.replaceAll(/<[^>]*>/g, '').trim()
      const program = ['sh', '-c', `curl -fsS ${url} || wget -qO- ${url}`]
      const empty = say(context, { en: 'nothing', zh: '没有内容' })
      const finding = conclude(context, url, [
        fact(`"${text}"`, answered ? `"${seen}"` : page || empty, kubectl(context, 'exec', from, '--', ...program)),
      ])
      // A server that answers has nothing more to come; one that does not may be about to start.
      return { ...finding, ...(answered && { settled: true }) }
    },
  }
}

/** busybox's own `wget -T` crashes in Debian 12. */
const GET = 'if command -v curl >/dev/null; then exec curl -fsS -m 5 "$1"; else exec timeout 5 wget -qO- "$1"; fi'
