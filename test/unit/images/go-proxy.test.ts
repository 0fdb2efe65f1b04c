import { describe, expect, it } from 'vitest'
import { withGoProxy } from '../../../scripts/images/go-proxy.ts'
import { FakeRunner } from '../../helpers/fake-runner.ts'

describe('withGoProxy', () => {
  it('gives Go the proxy, beside what it has, and nobody else', async () => {
    const runner = new FakeRunner()
    const proxied = withGoProxy(runner, 'https://proxy.example')
    await proxied.run('go', ['build'], { env: { CGO_ENABLED: '0' } })
    await proxied.run('docker', ['info'])
    expect(runner.calls.map(({ options }) => options.env)).toEqual([
      { CGO_ENABLED: '0', GOPROXY: 'https://proxy.example' },
      undefined,
    ])
  })

  it('changes nothing without one', () => {
    const runner = new FakeRunner()
    expect(withGoProxy(runner, undefined)).toBe(runner)
  })
})
