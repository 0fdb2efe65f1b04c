/**
 * When a step came to its end, from the log file of a command.
 * @returns milliseconds since 1970.
 * @throws {Error} when the step did not end well.
 */
export function endOfStep(log: string, step: string): number {
  const line = log.split('\n').find((each) => each.includes(` done ${step} after `))
  const stamp = Date.parse(line?.split(' ')[0] ?? '')
  if (Number.isNaN(stamp)) throw new Error(`the log has no end of step ${step}:\n${log}`)
  return stamp
}
