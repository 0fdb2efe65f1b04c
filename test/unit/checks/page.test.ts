import { describe, expect, test } from 'vitest'
import type { CheckContext } from '../../../scripts/checks/check.ts'
import { servesPage } from '../../../scripts/checks/page.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'
import { readyPod } from '../../helpers/lab-fixture.ts'

const check = servesPage('http://web-1.nginx/', { from: 'web-0', text: 'web-1' })

function contextOf(exitCode: number, stdout: string, stderr = ''): CheckContext {
  const kube = new FakeKube(readyPod('web-0'))
  kube.onExec = () => ({ exitCode, stdout, stderr })
  return checkContext({ kube, namespace: 'lab-try' })
}

describe('servesPage', () => {
  test.each(['web-1\n', '<h1>web-1</h1>\n', '<html>\n<body>web-1</body>\n</html>'])('is met by %j', async (page) => {
    expect(await check.run(contextOf(0, page))).toMatchObject({ met: true, message: 'http://web-1.nginx/: "web-1"' })
  })

  test('is refused for good by another page', async () => {
    expect(await check.run(contextOf(0, 'web-2'))).toMatchObject({
      met: false,
      settled: true,
      message: 'http://web-1.nginx/: expected "web-1", saw "web-2"',
    })
  })

  test('is refused by a page that has the text among others', async () => {
    expect(await check.run(contextOf(0, 'web-0 web-1 web-2'))).toMatchObject({ met: false })
  })

  test('may still come when nothing answers', async () => {
    const finding = await check.run(contextOf(1, '', 'wget: server returned error: HTTP/1.1 403 Forbidden'))
    expect(finding).toMatchObject({ met: false, message: expect.stringContaining('403 Forbidden') })
    expect(finding.settled).toBeUndefined()
  })
})
