/** A piece of HTML that is safe to put into a page as it is. Only `html` and `trusted` make one. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

/** What a template may hold. `undefined` and `false` leave nothing behind, so that a part can be left out in place. */
export type Part = string | number | Html | false | undefined | readonly Part[]

/** A template whose values are escaped, unless they are HTML already. Lists are written one after the other. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, index) => (index === 0 ? text : written(parts[index - 1]) + text)).join(''))
}

/** Marks a text of ours as HTML. Never for anything that a container, a lab or a user has written. */
export function trusted(text: string): Html {
  return new Html(text)
}

function written(part: Part): string {
  if (part instanceof Html) return part.text
  if (part === undefined || part === false) return ''
  return typeof part === 'object' ? part.map(written).join('') : escapeHtml(String(part))
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}
