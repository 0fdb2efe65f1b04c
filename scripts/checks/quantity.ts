const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** Reads a Kubernetes quantity (`100Mi`, `0.1Gi`, `1e3`), so that two spellings of one size compare equal; NaN if it is none. */
export function bytesOf(quantity: string): number {
  const [, amount, unit] = /^([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(quantity) ?? []
  return Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN)
}
