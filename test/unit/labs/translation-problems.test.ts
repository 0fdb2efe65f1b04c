import { describe, expect, it } from 'vitest'
import { briefProblems, textProblems, textsOf } from '../../helpers/translations.ts'

const NAMES = ['redis-sts', 'data']

describe('textProblems', () => {
  it('finds nothing in a good translation', () => {
    const text = {
      en: 'Delete `kubectl get pods` redis-sts-0, 100Mi, port 6379.',
      zh: '删除 redis-sts-0，100Mi，端口 6379：`kubectl get pods`。',
    }
    expect(textProblems('lab.ts: x', text, NAMES)).toEqual([])
  })

  it.each([
    [{ en: 'a', zh: 'b' }, 'x: zh is not Chinese: "b"'],
    [{ en: '甲', zh: '甲' }, 'x: en is not English: "甲"'],
    [{ en: 'use `a`', zh: '用' }, 'x: code `a` is missing in zh'],
    [{ en: 'use', zh: '用 `a`' }, 'x: code `a` is missing in en'],
    [{ en: 'redis-sts-0 and redis-sts', zh: 'redis-sts 啊' }, 'x: name redis-sts-0 is missing in zh'],
    [{ en: '5Mi', zh: '6Mi 啊' }, 'x: amount 5Mi is missing in zh'],
    [{ en: 'port 6379', zh: '端口' }, 'x: amount 6379 is missing in zh'],
  ])('finds what is wrong with %j', (text, problem) => {
    expect(textProblems('x', text, NAMES)).toContain(problem)
  })

  it('takes names alone for Chinese', () => {
    expect(textProblems('x', { en: 'PVC', zh: 'PVC' }, NAMES)).toEqual([])
  })

  it('takes an ordinary word for no name', () => {
    expect(textProblems('x', { en: 'the data stays', zh: '内容还在' }, NAMES)).toEqual([])
  })
})

describe('briefProblems', () => {
  const brief = (comment: string, command: string, more = '') =>
    `# T 题\n\n${more}1. x\n\n   \`\`\`sh\n   ${command} # ${comment}\n   \`\`\`\n`

  it('compares commands, not their comments', () => {
    expect(briefProblems('x', { en: brief('look', 'ls').replace('题', ''), zh: brief('看', 'ls') }, [])).toEqual([])
  })

  it('finds other commands, blocks and headings', () => {
    const en = brief('look', 'ls').replace('题', '')
    expect(briefProblems('x', { en, zh: brief('看', 'ls -l') }, [])).toEqual([
      'x: code block 1 differs:\n--- en\nls\n--- zh\nls -l',
    ])
    expect(briefProblems('x', { en, zh: '# 题\n' }, [])).toContain('x: code blocks: en has 1, zh has 0')
    expect(briefProblems('x', { en, zh: brief('看', 'ls', '## 又\n\n') }, [])).toContain('x: headings: en has #, zh has # ##')
  })
})

it('textsOf finds every text, with its place', () => {
  const text = { en: 'a', zh: '甲' }
  expect(textsOf({ title: text, tasks: [{ hints: [{ text }], when: /x/ }], minutes: 1 })).toEqual([
    { path: 'title', text },
    { path: 'tasks[0].hints[0].text', text },
  ])
})
