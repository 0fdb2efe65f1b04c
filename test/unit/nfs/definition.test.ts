import { describe, expect, it } from 'vitest'
import { ENVIRONMENT_LABEL, environment } from '../../../scripts/environment.ts'
import { DEFINITION_LABEL, type DefinitionFacts, defineNfsServer } from '../../../scripts/nfs/definition.ts'

const env = environment('course')
const facts: DefinitionFacts = { image: 'nfs:1', imageId: 'sha256:1', network: 'n', address: '10.0.0.10', clients: '10.0.0.0/24' }
const digest = (changed: Partial<DefinitionFacts> = {}): string | undefined =>
  defineNfsServer(env, { ...facts, ...changed }).labels[DEFINITION_LABEL]

describe('the definition of an NFS server', () => {
  it('is named and labelled after its environment', () => {
    const definition = defineNfsServer(env, facts)
    expect(definition).toMatchObject({ containerName: 'course-nfs', volume: 'course-nfs-export' })
    expect(definition.labels[ENVIRONMENT_LABEL]).toBe('course')
  })

  it('has the same digest when it is the same', () => {
    expect(digest()).toBe(digest())
  })

  it.each(['image', 'imageId', 'network', 'address', 'clients'] as const)('has another digest when its %s changes', (fact) => {
    expect(digest({ [fact]: 'another' })).not.toBe(digest())
  })
})
