import { formatDuration } from '../../wait/duration.ts'
import { type Html, html } from './template.ts'

/** A time, and a bar that compares it with the longest of its kind. */
export function timeBar(durationMs: number, longestMs: number): Html {
  const percent = longestMs > 0 ? Math.max(0.5, (durationMs / longestMs) * 100) : 0
  return labelledBar(formatDuration(durationMs), percent)
}

/** How many of how many, and a bar of that share. */
export function shareBar(part: number, whole: number): Html {
  return labelledBar(`${part}/${whole}`, whole > 0 ? (part / whole) * 100 : 0)
}

/** An SVG, because a bar is content: browsers leave background colours out when they print. */
function labelledBar(label: string, percent: number): Html {
  return html`<span class="time"><span class="duration">${label}</span><svg class="bar" aria-hidden="true" viewBox="0 0 100 6" preserveAspectRatio="none"><rect class="track" width="100" height="6"/><rect class="fill" width="${Math.min(100, percent).toFixed(1)}" height="6"/></svg></span>`
}
