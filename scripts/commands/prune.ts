import type { Verb } from './verb.ts'

export const prune: Verb = {
  usage: 'prune',
  group: 'group.environment',
  summary: 'help.prune',
  examples: ['statelab prune'],
  run: async ({ engine, t, work, answer }) => {
    const removed = await work((emit, signal) => engine.prune({ emit, signal }))
    answer({ removed }, () => `${removed.length === 0 ? t('prune.nothing') : t('prune.done', { names: removed.join(', ') })}\n`)
    return 0
  },
}
