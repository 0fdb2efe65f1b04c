import { describe, expect, it } from 'vitest'
import { renderMarkdown } from '../../../scripts/report/markdown.ts'
import { createStyle } from '../../../scripts/report/style.ts'
import { displayWidth } from '../../../scripts/report/wrap.ts'

const plain = createStyle(false)

function shown(source: string, columns = 40): string {
  return renderMarkdown(source, columns, plain)
}

describe('renderMarkdown', () => {
  it('underlines headings, so that they stand out without colours', () => {
    expect(shown('# One\n\n## Two\n\n### Three\n')).toBe('One\n═══\n\nTwo\n───\n\nThree\n')
  })

  it('wraps paragraphs, whatever lines they were written in', () => {
    expect(shown('one two\nthree *four* **five**', 13)).toBe('one two three\nfour five\n')
    expect(shown('第一行，\n第二行', 40)).toBe('第一行，第二行\n')
  })

  it('keeps the marks of code without colours, and colours it instead where there are some', () => {
    expect(shown('use `a < b && c`')).toBe('use `a < b && c`\n')
    expect(renderMarkdown('use `a`', 40, createStyle(true))).toBe('use \u001B[36ma\u001B[39m\n')
  })

  it('never wraps a block of code', () => {
    const command = 'kubectl get pods --all-namespaces --watch -o wide'
    expect(shown(`\`\`\`sh\n${command}\n  more\n\`\`\``)).toBe(`    ${command}\n      more\n`)
  })

  it('counts and indents lists, with what is inside them', () => {
    const source = '1. one\n\n   ```sh\n   ls\n   ```\n\n2. two is a long line that has to wrap somewhere\n   - inner\n'
    expect(shown(source)).toBe('1. one\n\n       ls\n\n2. two is a long line that has to wrap\n   somewhere\n\n   • inner\n')
    expect(shown('- a\n- b')).toBe('• a\n• b\n')
    expect(shown('3. c\n4. d')).toBe('3. c\n4. d\n')
  })

  it('sets a table within the width, and leaves out a head without words', () => {
    const rows = '|---|---|\n| name | `redis-pv-sts`, two replicas, one claim for each |\n| x | y |'
    expect(shown(`| | |\n${rows}`, 30)).toBe('name  `redis-pv-sts`, two\n      replicas, one claim for\n      each\nx     y\n')
    expect(shown(`| A | B |\n${rows}`, 80)).toMatch(/^A {5}B\n─{4} {2}─+\nname {2}`redis/)
  })

  it('shows addresses, but not those of files beside it', () => {
    expect(shown('[docs](https://k8s.io) and [here](../x.md)')).toBe('docs (https://k8s.io) and here\n')
  })

  it('has quotations', () => {
    expect(shown('> mind\n> this')).toBe('│ mind this\n')
  })

  it('keeps within a narrow terminal', () => {
    const source =
      '# A title that is rather long\n\n- a list with a line that is long\n\n| a | b |\n|---|---|\n| 卷属于一个申领，申领比它活得更久 | some more words |\n'
    for (const line of shown(source, 30).split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(30)
  })
})
