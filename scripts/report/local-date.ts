/**
 * The reader's own day and time, as `2026-11-21 08:15`.
 * @param at ISO 8601.
 */
export function localDate(at: string): string {
  return new Date(at).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
}
