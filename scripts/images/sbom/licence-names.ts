/**
 * Finds the licences that a Debian copyright file names.
 * @returns SPDX identifiers where there is one for the name, else Debian's short names; sorted.
 */
export function licencesOfDebian(copyright: string): string[] {
  const isMachineReadable = /^Format(-Specification)?:/m.test(copyright)
  const pattern = isMachineReadable ? /^License: *(\S.*)$/gm : /\/usr\/share\/common-licenses\/([\w.-]*\w)/g
  const names = [...copyright.matchAll(pattern)].flatMap(([, found = '']) => found.split(/,? +(?:and\/or|and|or) +|[,|] */))
  return unique(
    names
      .map((name) => name.trim())
      .filter((name) => /^[\w.+~-]+$/.test(name))
      .map(toSpdx),
  )
}

/** Recognizes the usual licences of Go modules by a phrase that no other has. */
export function licencesOfText(text: string): string[] {
  const words = text.replace(/[\s*#>]+/g, ' ')
  const found = PHRASES.filter(([, phrase]) => phrase.test(words)).map(([name]) => name)
  // The one of three clauses has all the words of the one of two.
  return unique(found.filter((name) => name !== 'BSD-2-Clause' || !found.includes('BSD-3-Clause')))
}

const PHRASES: readonly (readonly [name: string, phrase: RegExp])[] = [
  ['Apache-2.0', /Apache License,? Version 2\.0/i],
  ['MIT', /Permission is hereby granted, free of charge, to any person obtaining a copy/i],
  ['ISC', /Permission to use, copy, modify, and(?:\/or)? distribute this software for any purpose/i],
  ['BSD-3-Clause', /Redistributions of source code must retain.*(?:Neither the name|The names? of .* may not be used)/i],
  ['BSD-2-Clause', /Redistributions of source code must retain/i],
  ['MPL-2.0', /Mozilla Public License,? (?:Version|v\.) ?2\.0/i],
  ['CC0-1.0', /CC0 1\.0 Universal/i],
  ['Unlicense', /This is free and unencumbered software released into the public domain/i],
]

function toSpdx(name: string): string {
  return SPDX[name.toLowerCase()] ?? name
}

/** Debian's names, in lower case → SPDX. */
const SPDX: Readonly<Record<string, string>> = {
  'apache-2': 'Apache-2.0',
  'apache-2.0': 'Apache-2.0',
  artistic: 'Artistic-1.0-Perl',
  'artistic-2.0': 'Artistic-2.0',
  'bsd-2-clause': 'BSD-2-Clause',
  'bsd-3-clause': 'BSD-3-Clause',
  'bsd-4-clause': 'BSD-4-Clause',
  'bsl-1.0': 'BSL-1.0',
  'cc0-1.0': 'CC0-1.0',
  expat: 'MIT',
  mit: 'MIT',
  'gfdl-1.3': 'GFDL-1.3-only',
  'gfdl-1.3+': 'GFDL-1.3-or-later',
  'gpl-1': 'GPL-1.0-only',
  'gpl-1+': 'GPL-1.0-or-later',
  'gpl-2': 'GPL-2.0-only',
  'gpl-2.0': 'GPL-2.0-only',
  'gpl-2+': 'GPL-2.0-or-later',
  'gpl-2.0+': 'GPL-2.0-or-later',
  'gpl-3': 'GPL-3.0-only',
  'gpl-3+': 'GPL-3.0-or-later',
  'gpl-3.0+': 'GPL-3.0-or-later',
  isc: 'ISC',
  'lgpl-2': 'LGPL-2.0-only',
  'lgpl-2+': 'LGPL-2.0-or-later',
  'lgpl-2.0+': 'LGPL-2.0-or-later',
  'lgpl-2.1': 'LGPL-2.1-only',
  'lgpl-2.1+': 'LGPL-2.1-or-later',
  'lgpl-3': 'LGPL-3.0-only',
  'lgpl-3+': 'LGPL-3.0-or-later',
  'lgpl-3.0+': 'LGPL-3.0-or-later',
  'mpl-1.1': 'MPL-1.1',
  'mpl-2.0': 'MPL-2.0',
  openssl: 'OpenSSL',
  zlib: 'Zlib',
}

const SPDX_IDS = new Set([...Object.values(SPDX), ...PHRASES.map(([name]) => name)])

/** Whether a name is an SPDX identifier; other names stand in an SBOM as they are. */
export function isSpdx(name: string): boolean {
  return SPDX_IDS.has(name)
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort()
}
