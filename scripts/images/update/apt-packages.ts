/** The Debian packages that a Dockerfile installs by name, sorted. */
export function aptPackages(dockerfile: string): string[] {
  // A comment may stand between the lines of one instruction.
  const lines = dockerfile.split('\n').filter((line) => !/^\s*#/.test(line))
  const instructions = lines.join('\n').replaceAll('\\\n', ' ')
  const lists = [...instructions.matchAll(/\bapt-get\b[^&|;\n]*?\sinstall\b([^&|;\n]*)/g)].map(([, words = '']) => words)
  const words = lists.flatMap((list) => list.split(/\s+/))
  return [...new Set(words.filter((word) => /^[a-z0-9][a-z0-9.+-]+$/.test(word)))].sort()
}
