import { describe, expect, it } from 'vitest'
import { assertBuildable, parseKubernetesVersion } from '../../../scripts/images/kubernetes-version.ts'

describe('parseKubernetesVersion', () => {
  it.each([
    ['v1.36.1', 'v1.36.1'],
    ['1.36.1', 'v1.36.1'],
    ['v1.36.0', 'v1.36.0'],
    ['v2.0.10', 'v2.0.10'],
  ])('reads %s as %s', (text, version) => {
    expect(parseKubernetesVersion(text)).toBe(version)
  })

  it.each([
    '',
    '1.36',
    'v1.36',
    'latest',
    'stable',
    'v1',
    '1.36.',
    'v1.36.1-rc.0',
    'v1.36.1+k3s1',
    'V1.36.1',
    'vv1.36.1',
    '1.036.1',
    ' 1.36.1',
    '1.36.1\n',
    '1.36.x',
    '-1.36.1',
    '$(id)',
    '../v1.36.1',
    '１.36.1',
  ])('refuses %j with the value and how to write it', (text) => {
    expect(() => parseKubernetesVersion(text, 'STATELAB_KUBERNETES')).toThrow(
      expect.objectContaining({
        code: 'bad-input',
        message: `STATELAB_KUBERNETES ${JSON.stringify(text)} is not a version of Kubernetes`,
        fix: 'write it like v1.36.1',
      }),
    )
  })
})

describe('assertBuildable', () => {
  it.each(['v1.36.0', 'v1.36.3', 'v1.36.17'])('accepts %s, of the minor release of v1.36.3', (version) => {
    expect(() => assertBuildable(version, 'v1.36.3')).not.toThrow()
  })

  it.each(['v1.35.3', 'v1.37.0', 'v1.3.6', 'v1.360.1', 'v2.36.3'])('refuses %s, naming what is accepted', (version) => {
    expect(() => assertBuildable(version, 'v1.36.3')).toThrow(
      expect.objectContaining({
        code: 'bad-input',
        message: `this version of statelab makes Kubernetes v1.36.x, not ${version}`,
        fix: 'use a release of v1.36, such as v1.36.3',
      }),
    )
  })
})
