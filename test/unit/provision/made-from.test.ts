import { describe, expect, it } from 'vitest'
import { environment } from '../../../scripts/environment.ts'
import { dropNetworkOfOther, readMadeFrom } from '../../../scripts/provision/made-from.ts'
import { FakeRunner, failing } from '../../helpers/fake-runner.ts'

const env = environment('t')
const { signal } = new AbortController()

describe('what an environment was made from', () => {
  it.each([
    ['registry', 'registry'],
    ['bundle\n', 'bundle'],
    ['', 'packages'],
    ['<no value>', 'packages'],
    ['something else', 'packages'],
  ])('is read from the label of its network: %j', async (label, source) => {
    const runner = new FakeRunner(() => label)
    expect(await readMadeFrom(env, runner, signal)).toBe(source)
    expect(runner.commands).toEqual([`docker network inspect --format '{{index .Labels "dev.statelab.source"}}' statelab-t`])
  })

  it('is what there was before the label, where the network is gone', async () => {
    expect(await readMadeFrom(env, new FakeRunner(() => failing('No such network')), signal)).toBe('packages')
  })
})

describe('a network that another source left', () => {
  const removals = async (label: string): Promise<string[]> => {
    const runner = new FakeRunner((command) => (command.includes('inspect') ? label : failing('has active endpoints')))
    await dropNetworkOfOther(env, { runner, source: 'registry', signal })
    return runner.commands.filter((command) => command.includes(' rm '))
  }

  it('goes, as far as it is not used', async () => {
    expect(await removals('packages')).toEqual(['docker network rm statelab-t'])
  })

  it.each(['registry', '', '<no value>'])('stays when its label is %j', async (label) => {
    expect(await removals(label)).toEqual([])
  })
})
