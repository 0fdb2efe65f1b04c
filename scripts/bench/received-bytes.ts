import { readFileSync } from 'node:fs'

/** What is no network card: loopback, and the interfaces of containers, whose bytes pass a card as well. */
const VIRTUAL = /^(lo|docker\d|br-|veth|cni|kind)/

/** @returns how many bytes this machine has received from others since it was started. Linux only. */
export function receivedBytes(): number {
  return sumReceived(readFileSync('/proc/net/dev', 'utf8'))
}

/** @param table what `/proc/net/dev` says: two lines of heading, then `name: received ...` for each interface. */
export function sumReceived(table: string): number {
  return table
    .split('\n')
    .map((line) => /^\s*([^:\s]+):\s*(\d+)/.exec(line))
    .filter((match) => match !== null && !VIRTUAL.test(match[1] ?? ''))
    .reduce((sum, match) => sum + Number(match?.[2]), 0)
}
