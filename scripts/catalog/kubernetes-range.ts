type Version = readonly [major: number, minor: number]

/**
 * Reads a range of Kubernetes versions: comparisons with `>=`, `>`, `<=`, `<` or `=`, all of which must hold: `>=1.27 <1.37`.
 * @returns a test of a server's version such as `v1.36.3`; `undefined` when it is no range.
 */
export function parseVersionRange(range: string): ((version: string) => boolean) | undefined {
  const parts = range.trim().split(/\s+/)
  const tests = parts.map((part) => {
    const [, operator, major, minor] = /^(>=|<=|>|<|=)(\d+)\.(\d+)$/.exec(part) ?? []
    return operator === undefined ? undefined : comparison(operator, [Number(major), Number(minor)])
  })
  if (tests.includes(undefined)) return undefined
  return (version) => {
    const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? []
    return tests.every((test) => test?.([Number(major), Number(minor)]))
  }
}

function comparison(operator: string, wanted: Version): (version: Version) => boolean {
  const difference = (version: Version): number => version[0] - wanted[0] || version[1] - wanted[1]
  switch (operator) {
    case '>=':
      return (version) => difference(version) >= 0
    case '>':
      return (version) => difference(version) > 0
    case '<=':
      return (version) => difference(version) <= 0
    case '<':
      return (version) => difference(version) < 0
    default:
      return (version) => difference(version) === 0
  }
}
