/**
 * The look of the page. Colours are pairs that keep a contrast of 4.5 : 1 in both schemes; fonts are those of the machine.
 * `:has` filters without a script.
 */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2430, #e4e9f0);
  --dim: light-dark(#56616f, #9aa7b6);
  --line: light-dark(#d9dfe6, #333d49);
  --page: light-dark(#f5f7f9, #12171d);
  --card: light-dark(#ffffff, #1a2129);
  --well: light-dark(#f2f5f8, #222b35);
  --link: light-dark(#0b5cad, #7db7f5);
  --passed: light-dark(#19713a, #63cd87);
  --failed: light-dark(#b3261e, #ff8a80);
  --error: light-dark(#8f4700, #ffb366);
  --quiet: light-dark(#56616f, #9aa7b6);
}
* { box-sizing: border-box }
body {
  margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 64rem;
  background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif;
}
h1, h2, h3, h4, p, dl, dd, ol, ul { margin: 0; padding: 0 }
h1 { font-size: 1rem; font-weight: 600; color: var(--dim) }
h2 { font-size: 1.15rem; margin: 2rem 0 .6rem }
h3 { font-size: 1rem }
h4 { font-size: .95rem; font-weight: 600 }
a { color: var(--link) }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px }
.skip { position: absolute; left: -999rem }
.skip:focus { position: static }
.id { font: .8rem ui-monospace, 'SF Mono', Consolas, 'Noto Sans Mono', monospace; font-weight: 400; color: var(--dim) }
.passed { --color: var(--passed) }
.failed { --color: var(--failed) }
.error { --color: var(--error) }
.blocked, .skipped { --color: var(--quiet) }
.mark, .badge { color: var(--color) }
.mark { display: inline-block; width: 1.2em; flex: none; text-align: center; font-weight: 700 }
.badge { font-size: .85rem; white-space: nowrap }

.page-head { padding: 1.2rem 1.4rem; background: var(--card); border: 1px solid var(--line); border-top: 5px solid var(--color); border-radius: 8px }
.verdict { font-size: 1.7rem; line-height: 1.25; font-weight: 700; margin: .2rem 0 .9rem }
.numbers { display: flex; flex-wrap: wrap; gap: .6rem 2.2rem; margin-bottom: 1rem }
.numbers div { display: flex; flex-direction: column-reverse }
.numbers dt { font-size: .85rem; color: var(--dim) }
.numbers dd { font-size: 1.7rem; line-height: 1.2; font-weight: 700; color: var(--color) }
.numbers .none dd { color: var(--dim); font-weight: 400 }
.facts { display: flex; flex-wrap: wrap; gap: .4rem 2.2rem; font-size: .9rem; padding-top: .8rem; border-top: 1px solid var(--line) }
.facts dt { color: var(--dim) }

table { border-collapse: collapse; width: 100% }
th, td { text-align: start; padding: .45rem .8rem; vertical-align: top }
thead th { font-size: .8rem; font-weight: 600; color: var(--dim) }
.labs { background: var(--card); border: 1px solid var(--line); border-radius: 8px; border-spacing: 0; border-collapse: separate; overflow: hidden }
.labs tbody th, .labs tbody td { border-top: 1px solid var(--line); vertical-align: middle }
.labs tbody th { font-weight: 400 }
.labs .id { white-space: nowrap }
.count { font-variant-numeric: tabular-nums }
.labs td:last-child { width: 14rem }

.time { display: flex; align-items: center; gap: .6rem; font-size: .85rem; color: var(--dim); font-variant-numeric: tabular-nums }
.duration { flex: none; min-width: 3.6em; text-align: end }
.bar { flex: 1; height: 6px; min-width: 2rem; border-radius: 3px }
.track { fill: var(--well) }
.fill { fill: light-dark(#6b93bd, #5d8fc4) }

.tools { display: flex; flex-wrap: wrap; align-items: center; gap: .6rem 1.4rem; margin-bottom: .8rem }
.tools label { cursor: pointer }
.tools input { accent-color: var(--link); width: 1rem; height: 1rem; vertical-align: -2px }
button { font: inherit; font-size: .9rem; padding: .2rem .8rem; color: var(--link); background: var(--card); border: 1px solid var(--line); border-radius: 6px; cursor: pointer }
.nothing { display: none; color: var(--dim) }
body:has(#only-failed:checked) .nothing { display: block }
body:has(#only-failed:checked) :is(.lab, .task, .check):is(.passed, .skipped, .blocked) { display: none }
body:has(#only-failed:checked) .rest { display: none }

summary { cursor: pointer; list-style: none }
summary::-webkit-details-marker { display: none }
.lab { background: var(--card); border: 1px solid var(--line); border-inline-start: 5px solid var(--color); border-radius: 8px; margin-bottom: .7rem }
.lab > summary { display: flex; flex-wrap: wrap; align-items: center; gap: .2rem .7rem; padding: .7rem 1rem }
.lab > summary h3 { flex: 1 1 16rem }
.lab > summary .bar, .lab > summary > .mark { display: none }
.lab > summary::after, .check summary::after { content: '▸'; color: var(--dim) }
.lab[open] > summary::after, .check details[open] > summary::after { content: '▾' }
.reason { padding: 0 1rem .8rem; color: var(--dim); overflow-wrap: anywhere; white-space: pre-wrap }
.labs .reason { padding: 0; font-size: .85rem }
.tasks { list-style: none; border-top: 1px solid var(--line); padding: .3rem 1rem .8rem }
.task, .rest { padding-top: .7rem }
.line, .check summary { display: flex; align-items: baseline; gap: .5rem }
.line .time { flex: 0 0 12rem; margin-inline-start: auto }
.rest { font-size: .9rem; color: var(--dim) }
.checks { list-style: none; padding-inline-start: 1.7rem }
.check { padding: .15rem 0; font-size: .92rem }
.message { flex: 1; min-width: 0; overflow-wrap: anywhere; white-space: pre-wrap }
.blocked .message, .skipped .message { color: var(--dim) }
.evidence { margin: .3rem 0 .6rem 1.7rem; width: calc(100% - 1.7rem); table-layout: fixed; background: var(--well); border-collapse: separate; border-spacing: 0; border-radius: 6px }
.evidence th, .evidence td { padding: .2rem .8rem }
.evidence thead th { padding-top: .4rem }
.evidence td { overflow-wrap: anywhere; white-space: pre-wrap; font-size: .88rem; font-family: ui-monospace, 'SF Mono', Consolas, 'Noto Sans Mono', monospace }
.evidence tbody tr:first-child td { border-top: 1px solid var(--line); padding-top: .4rem }
.evidence .command { padding-bottom: .5rem; color: var(--dim); white-space: normal; font-family: inherit }
.command code { color: var(--ink); user-select: all; font-family: ui-monospace, 'SF Mono', Consolas, 'Noto Sans Mono', monospace }
footer { margin-top: 2rem; font-size: .85rem; color: var(--dim) }

@media (max-width: 40rem) {
  .page-head { padding: 1rem }
  .labs thead { position: absolute; left: -999rem }
  .labs tr { display: grid; grid-template-columns: 1fr auto; padding: .5rem .8rem; border-top: 1px solid var(--line) }
  .labs tr:first-child { border-top: 0 }
  .labs tbody th, .labs tbody td { border: 0; padding: .1rem 0 }
  .labs tbody th { grid-column: 1 / 3 }
  .labs td:last-child { grid-column: 1 / 3; width: auto }
  .duration { min-width: 0 }
  .lab > summary h3 { flex-basis: 100% }
  .lab > summary::after { margin-inline-start: auto }
  .line { flex-wrap: wrap }
  .line h4 { flex: 1 1 calc(100% - 2.5rem) }
  .rest .line > :first-child { flex: 1 0 100% }
  .check .line { flex-wrap: nowrap }
  .line .time { flex: 1 0 100%; padding-inline-start: 1.7rem }
  .checks { padding-inline-start: .6rem }
  .evidence { margin-inline-start: 0; width: 100% }
}
@media print {
  :root { color-scheme: light; --page: #fff }
  body { max-width: none; padding: 0; font-size: 11pt }
  .tools, .skip, summary::after { display: none !important }
  .page-head, .evidence tbody, .labs tr, .check, .line { break-inside: avoid }
  h2, h3, h4, summary { break-after: avoid }
  .evidence { border: 1px solid var(--line) }
}
`
