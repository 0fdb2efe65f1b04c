import { describe, expect, test } from 'vitest'
import { redisMaster, redisOneMaster } from '../../../scripts/checks/redis-roles.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { redisPods } from '../../helpers/redis-pods.ts'

const MASTER = 'role:master\r\nmaster_replid:abc'
const FOLLOWS = 'role:slave\r\nmaster_link_status:up\r\nmaster_replid:abc'

function context(...infos: string[]) {
  const names = infos.map((_, index) => `r-${index}`)
  return checkContext({ kube: redisPods(names, (pod) => infos[names.indexOf(pod)] ?? '') })
}

test('redisMaster is met by a master, and refused by a replica and by nobody', async () => {
  expect(await redisMaster('r-0').run(context(MASTER))).toMatchObject({ met: true })
  expect(await redisMaster('r-0').run(context(FOLLOWS))).toMatchObject({
    met: false,
    message: expect.stringContaining('role:slave'),
  })
  expect(await redisMaster('r-1').run(context(MASTER))).toMatchObject({
    met: false,
    message: expect.stringContaining('no Pod r-1'),
  })
})

describe('redisOneMaster', () => {
  const check = redisOneMaster(['r-0', 'r-1'])

  test('is met by one master, whichever', async () => {
    expect(await check.run(context(MASTER, FOLLOWS))).toMatchObject({ met: true })
    expect(await check.run(context(FOLLOWS, MASTER))).toMatchObject({ met: true })
  })

  test.each([
    ['two masters', [MASTER, MASTER], '2 master (r-0, r-1)'],
    ['none', [FOLLOWS, FOLLOWS], '0 master'],
    ['a link that is down', [MASTER, FOLLOWS.replace('up', 'down')], 'r-1: link down'],
    ['a replica of another master', [MASTER, FOLLOWS.replace('abc', 'def')], 'r-1: link up, another history'],
  ])('is refused by %s', async (_what, infos, message) => {
    expect(await check.run(context(...infos))).toMatchObject({ met: false, message: expect.stringContaining(message) })
  })

  test('is refused while one does not answer', async () => {
    expect(await check.run(context(MASTER))).toMatchObject({ met: false, message: expect.stringContaining('no Pod r-1') })
  })
})
