/** What a page about a class has beyond every page: a table that may be wider than the window, and marks of its own. */
export const CLASS_STYLE = `
body { max-width: 120rem }
.hand { --color: var(--passed) }
.solve { --color: var(--error) }
.started { --color: var(--link) }
.untouched { --color: var(--quiet) }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; margin-bottom: .6rem; font-size: .9rem; color: var(--dim) }
.others { margin-top: 1rem; color: var(--dim); overflow-wrap: anywhere }
.wide { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px }
.matrix { border-collapse: separate; border-spacing: 0; font-size: .9rem }
.matrix th, .matrix td { padding: .3rem .45rem; vertical-align: middle; white-space: nowrap }
.matrix thead th { vertical-align: bottom }
.matrix tbody :is(th, td), .matrix tfoot :is(th, td) { border-top: 1px solid var(--line) }
.matrix tbody th { font-weight: 600; max-width: 16rem; overflow: hidden; text-overflow: ellipsis }
.matrix tr > :first-child { position: sticky; inset-inline-start: 0; background: var(--card); padding-inline-start: .8rem }
.matrix .lab-name { padding-inline: .2rem; font-family: ui-monospace, 'SF Mono', Consolas, 'Noto Sans Mono', monospace; font-weight: 400 }
.lab-name span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg) }
.matrix td:not(.count) { text-align: center }
.matrix tbody tr:hover > * { background: var(--well) }
.matrix tfoot { color: var(--dim) }

@media (max-width: 40rem) {
  .matrix tbody th { max-width: 8rem }
  .labs [data-label]::before { content: attr(data-label) ' '; font-size: .85rem; color: var(--dim) }
}
@page { size: landscape }
@media print {
  .wide { overflow: visible; border: 0 }
  .matrix { font-size: 7pt }
  .matrix th, .matrix td { padding-inline: .15rem }
  .matrix thead { display: table-header-group }
}
`
