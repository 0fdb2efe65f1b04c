import { type AnyNode, type ArrayExpression, type Expression, type ObjectExpression, parse, type Program } from 'acorn'
import type { FieldPath } from './lab-problem.ts'
import type { Locator } from './locate.ts'

/**
 * @param source JavaScript.
 * @throws {SyntaxError} when it is none.
 */
export function locateIn(source: string): Locator {
  const program = parse(source, { ecmaVersion: 'latest', sourceType: 'module', locations: true })
  const constants = constantsOf(program)
  return {
    field: (path) => {
      const exported = program.body.find((node) => node.type === 'ExportDefaultDeclaration')
      return exported && lineOfField(exported.declaration, path, exported.loc?.start.line, constants)
    },
    import: (name) => lineOfImport(program, name),
  }
}

type Constants = ReadonlyMap<string, Expression>

function constantsOf({ body }: Program): Constants {
  const declarations = body.map((node) => (node.type === 'ExportNamedDeclaration' ? node.declaration : node))
  const declarators = declarations.flatMap((node) => (node?.type === 'VariableDeclaration' ? node.declarations : []))
  return new Map(declarators.flatMap(({ id, init }) => (id.type === 'Identifier' && init ? [[id.name, init]] : [])))
}

function lineOfField(value: AnyNode, path: FieldPath, line: number | undefined, constants: Constants): number | undefined {
  const [step, ...rest] = path
  if (step === undefined) return line
  const found = partOf(written(value, constants), step, constants)
  return found ? lineOfField(found.value, rest, found.line, constants) : line
}

interface Part {
  readonly value: AnyNode
  readonly line: number | undefined
}

function partOf(value: AnyNode | undefined, step: PropertyKey, constants: Constants): Part | undefined {
  if (value?.type === 'ObjectExpression') return propertyOf(value, String(step), constants)
  if (value?.type === 'ArrayExpression') return elementOf(value, Number(step), constants)
  return undefined
}

/** The last one wins, as it does when the module runs; what is spread may hold it too. */
function propertyOf({ properties }: ObjectExpression, name: string, constants: Constants): Part | undefined {
  for (const property of properties.toReversed()) {
    if (property.type === 'SpreadElement') {
      const found = partOf(written(property.argument, constants), name, constants)
      if (found) return found
    } else if (nameOf(property.key) === name && (!property.computed || property.key.type === 'Literal')) {
      return { value: property.value, line: property.loc?.start.line }
    }
  }
  return undefined
}

/** What a spread list holds stands in its place: its elements are counted where they are written out. */
function elementOf({ elements }: ArrayExpression, index: number, constants: Constants): Part | undefined {
  let at = 0
  for (const element of elements) {
    if (element?.type !== 'SpreadElement') {
      if (at === index) return element ? { value: element, line: element.loc?.start.line } : undefined
      at++
      continue
    }
    const spread = written(element.argument, constants)
    // How many there are is not known: it can be any of these.
    if (spread?.type !== 'ArrayExpression') return { value: element.argument, line: element.loc?.start.line }
    const found = elementOf(spread, index - at, constants)
    if (found) return found
    at += spread.elements.length
  }
  return undefined
}

/** The object or list that an expression stands for: behind a constant's name, or in `defineLab(…)`. */
function written(value: AnyNode, constants: Constants, seen: readonly string[] = []): AnyNode | undefined {
  if (value.type === 'Identifier') {
    const constant = constants.get(value.name)
    return constant && !seen.includes(value.name) ? written(constant, constants, [...seen, value.name]) : undefined
  }
  if (value.type === 'CallExpression') {
    const [first] = value.arguments
    return value.callee.type === 'Identifier' && value.callee.name === 'defineLab' && first
      ? written(first, constants, seen)
      : undefined
  }
  return value
}

function nameOf(key: AnyNode): string | undefined {
  if (key.type === 'Identifier') return key.name
  return key.type === 'Literal' ? String(key.value) : undefined
}

function lineOfImport({ body }: Program, name: string): number | undefined {
  for (const node of body) {
    if (node.type !== 'ImportDeclaration') continue
    if (node.source.value === name) return node.source.loc?.start.line
    const specifier = node.specifiers.find((each) => each.type === 'ImportSpecifier' && nameOf(each.imported) === name)
    if (specifier) return specifier.loc?.start.line
  }
  return undefined
}
