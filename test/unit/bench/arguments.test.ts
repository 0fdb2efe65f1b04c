import { describe, expect, test } from 'vitest'
import { parseArguments } from '../../../scripts/bench/arguments.ts'
import { FIGURES } from '../../../scripts/bench/figures.ts'
import { StatelabError } from '../../../scripts/errors.ts'

const names = (...args: string[]): string[] => parseArguments(args, FIGURES).figures.map(({ name }) => name)

describe('the arguments of npm run bench', () => {
  test('without any, all figures are measured five times except those that want to be named', () => {
    expect(names()).toEqual(['rebuild', 'node-image', 'up-time', 'up-again', 'labs', 'memory', 'down'])
    expect(parseArguments([], FIGURES)).toMatchObject({ runs: 5, write: false, freshModules: false })
  })

  test('--only takes one or more, in the order of the table', () => {
    expect(names('--only', 'cold-build')).toEqual(['cold-build'])
    expect(names('--only', 'down', '--only', 'rebuild')).toEqual(['rebuild', 'down'])
  })

  test.each([
    [['--only', 'speed'], 'there is no figure "speed"'],
    [['--runs', '0'], '--runs "0" is not a number of runs'],
    [['--runs', '-1'], "Option '--runs' argument is ambiguous"],
    [['--runs', '2.5'], '--runs "2.5" is not a number of runs'],
    [['--fast'], "Unknown option '--fast'"],
    [['down'], "Unexpected argument 'down'"],
  ])('%j is refused before anything is touched', (args, message) => {
    expect(() => parseArguments(args, FIGURES)).toThrow(StatelabError)
    expect(() => parseArguments(args, FIGURES)).toThrow(message)
  })
})
