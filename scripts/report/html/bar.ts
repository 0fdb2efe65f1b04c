import { formatDuration } from '../../wait/duration.ts'
import { type Html, html } from './template.ts'

/**
 * A time, and a bar that compares it with the longest of its kind. An SVG, because a bar is content: browsers leave
 * background colours out when they print.
 */
export function timeBar(durationMs: number, longestMs: number): Html {
  const percent = longestMs > 0 ? Math.min(100, Math.max(0.5, (durationMs / longestMs) * 100)) : 0
  return html`<span class="time"><span class="duration">${formatDuration(durationMs)}</span><svg class="bar" aria-hidden="true" viewBox="0 0 100 6" preserveAspectRatio="none"><rect class="track" width="100" height="6"/><rect class="fill" width="${percent.toFixed(1)}" height="6"/></svg></span>`
}
