import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BENCH_FLAGS } from '../../scripts/bench/arguments.ts'
import { LAB_FIELDS, STEP_ACTIONS } from '../../scripts/catalog/lab-schema.ts'
import { labTemplate } from '../../scripts/catalog/lab-template.ts'
import { buildProgram } from '../../scripts/commands/program.ts'
import { PROJECT } from '../../scripts/commands/project.ts'
import * as vocabulary from '../../scripts/lab.ts'
import { createTranslate } from '../../scripts/messages/translate.ts'

const FILES = globSync(['*.md', 'docs/**/*.md'], { cwd: PROJECT.root })
const LABS = readdirSync(join(PROJECT.root, 'labs'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
const program = buildProgram({
  version: '0',
  t: createTranslate('en'),
  writeOut: () => {},
  columns: undefined,
  runVerb: async () => {},
})
const verbs = new Map(program.commands.map((command) => [command.name(), flagsOf(command)]))
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

describe.each(FILES)('%s', (file) => {
  const commands = commandsIn(read(file))

  test('names commands that exist', () => {
    expect(commands.map(({ verb }) => verb).filter((verb) => !verbs.has(verb))).toEqual([])
  })

  test('names flags that their commands have', () => {
    const unknown = commands.flatMap(({ verb, flags }) => flags.filter((flag) => !verbs.get(verb)?.has(flag)))
    expect(unknown).toEqual([])
  })

  test('names flags alone that some command has', () => {
    const bench = Object.keys(BENCH_FLAGS).map((name) => `--${name}`)
    const known = new Set([...[...verbs.values()].flatMap((flags) => [...flags]), ...bench])
    const alone = inlineCode(read(file)).filter((code) => /^--?[a-z]/.test(code))
    expect(alone.filter((code) => !known.has(code.split(/[ =]/)[0] ?? ''))).toEqual([])
  })

  test('names npm scripts that exist', () => {
    const named = [...read(file).matchAll(/\bnpm (start|test|run ([a-z:-]+))/g)].map(([, word, script]) => script ?? word ?? '')
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([])
  })

  test('has links that lead somewhere', () => {
    const targets = [...withoutFences(read(file)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '')
    const local = targets.filter((target) => !/^(https?:|#)/.test(target)).map((target) => target.replace(/#.*$/, ''))
    expect(local.filter((target) => !existsSync(join(PROJECT.root, dirname(file), target)))).toEqual([])
  })
})

describe.each([
  ['README.md', 'README.zh.md'],
  ['docs/images.md', 'docs/images.zh.md'],
  ['docs/troubleshooting.md', 'docs/troubleshooting.zh.md'],
  ['docs/writing-a-lab.md', 'docs/writing-a-lab.zh.md'],
])('%s and %s', (english, chinese) => {
  test('have the same sections', () => {
    expect(headingLevels(read(chinese))).toEqual(headingLevels(read(english)))
  })

  test('give the same commands', () => {
    expect(fences(read(chinese), 'sh').map(withoutComments)).toEqual(fences(read(english), 'sh').map(withoutComments))
  })
})

describe.each(['README.md', 'README.zh.md'])('%s', (file) => {
  test.each(LABS.map(({ name }) => name))('lists the lab %s', (lab) => {
    expect(read(file)).toContain(`](labs/${lab}/${file})`)
  })

  test.each([...verbs.keys()].filter((verb) => verb !== 'help'))('explains the command %s', (verb) => {
    expect(read(file)).toMatch(new RegExp(`^\\| \`statelab ${verb}\\b`, 'm'))
  })
})

describe.each(['docs/writing-a-lab.md', 'docs/writing-a-lab.zh.md'])('%s', (file) => {
  const text = read(file)

  test('shows the lab that `new lab` makes', () => {
    expect(fences(text, 'ts')).toEqual([labTemplate({ id: 'my-lab', track: 'volumes' })['lab.ts']])
  })

  const named = new Set(inlineCode(text).flatMap((code) => [...code.matchAll(/\b([a-z]\w*)\(/gi)].map(([, name]) => name ?? '')))

  test('leaves out no word that labs can import', () => {
    expect(Object.keys(vocabulary).filter((word) => !named.has(word) && word !== 'defineLab')).toEqual([])
  })

  test('explains no word that labs cannot import', () => {
    expect([...named].filter((word) => !Object.hasOwn(vocabulary, word) && word !== 'run')).toEqual([])
  })

  test('explains every field of a lab, and every action of a step', () => {
    const fields = [...text.matchAll(/^\| `(\w+)[:`]/gm)].map(([, name]) => name ?? '')
    expect([...LAB_FIELDS, ...STEP_ACTIONS].filter((field) => !fields.includes(field))).toEqual([])
  })
})

function read(file: string): string {
  return readFileSync(join(PROJECT.root, file), 'utf8')
}

function flagsOf(command: (typeof program.commands)[number]): ReadonlySet<string> {
  const given = command.options.flatMap(({ long, short }) => [long, short]).filter((flag) => flag !== undefined)
  return new Set([...given, '--help', '-h'])
}

interface NamedCommand {
  readonly verb: string
  readonly flags: readonly string[]
}

/** Every `statelab VERB …` that a reader would type: in inline code, in shell blocks, at prompts. */
function commandsIn(text: string): NamedCommand[] {
  const prompts = fences(text, 'console').flatMap((block) => block.match(/^\$ .*$/gm) ?? [])
  const lines = [...inlineCode(text), ...fences(text, 'sh').flatMap((block) => withoutComments(block).split('\n')), ...prompts]
  return lines.flatMap((line) => [...line.matchAll(/(?:^|[/( ])statelab ([a-z][a-z-]*)([^)"#]*)/g)].map(namedCommand))
}

function namedCommand([, verb = '', rest = '']: RegExpMatchArray): NamedCommand {
  // What follows kubectl's own first word belongs to kubectl.
  const own = verb === 'kubectl' ? (/^(\s+--lab\s+\S+)?/.exec(rest)?.[0] ?? '') : rest
  return { verb, flags: own.match(/(?<![\w-])--?[a-z][a-z-]*/g) ?? [] }
}

function inlineCode(text: string): string[] {
  return [...withoutFences(text).matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '')
}

function fences(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , block]) => block ?? '')
}

function withoutFences(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '')
}

function withoutComments(block: string): string {
  return block.replaceAll(/\s+# .*$/gm, '')
}

function headingLevels(text: string): number[] {
  return [...withoutFences(text).matchAll(/^(#+) /gm)].map(([, marks]) => marks?.length ?? 0)
}
