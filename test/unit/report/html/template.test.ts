import { describe, expect, it } from 'vitest'
import { html, trusted } from '../../../../scripts/report/html/template.ts'

describe('html', () => {
  it('escapes every character that could end a text or an attribute', () => {
    expect(html`<p title="${`<&>"'\``}">${'<script>'}</p>`.text).toBe(
      '<p title="&#60;&#38;&#62;&#34;&#39;&#96;">&#60;script&#62;</p>',
    )
  })

  it('takes in other templates as they are, and lists one after the other, with nothing between', () => {
    expect(html`<ul>${['<', 'b'].map((each) => html`<li>${each}</li>`)}</ul>`.text).toBe('<ul><li>&#60;</li><li>b</li></ul>')
  })

  it('leaves out what is not there, but writes a zero', () => {
    expect(html`${undefined}${false}${0}`.text).toBe('0')
  })

  it('writes trusted texts as they are', () => {
    expect(html`<style>${trusted('a > b {}')}</style>`.text).toBe('<style>a > b {}</style>')
  })

  it('does not take an object that only looks like HTML for HTML', () => {
    expect(html`${['<b>'] as const}`.text).toBe('&#60;b&#62;')
    expect(() => html`${{ text: '<b>' } as never}`.text).toThrow()
  })
})
