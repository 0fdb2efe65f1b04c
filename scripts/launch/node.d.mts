/** The Node that this project is pinned to, as npm installed it. */
export function pinnedNode(
  root: string,
  say: (from: string) => void,
): Promise<{ readonly node: string; readonly folder: string; readonly archive: string }>
