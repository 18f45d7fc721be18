import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  Parser,
  type Scalar,
  type Tags,
} from 'yaml'
import { numberOrText } from './scalar.ts'
import { MAX_DEPTH, TemplateSyntaxError } from './syntax.ts'

const tooDeep = `the template is nested more than ${MAX_DEPTH} deep`

/** The functions with a short form, `!Name` (AWS: "Intrinsic function reference"). Ref and Condition keep their bare name. */
const shortForms = new Map(
  [
    'And',
    'Base64',
    'Cidr',
    'Contains',
    'EachMemberEquals',
    'EachMemberIn',
    'Equals',
    'FindInMap',
    'GetAtt',
    'GetAZs',
    'GetStackOutput',
    'If',
    'ImportValue',
    'Join',
    'Length',
    'Not',
    'Or',
    'RefAll',
    'Select',
    'Split',
    'Sub',
    'ToJsonString',
    'Transform',
    'ValueOf',
    'ValueOfAll',
  ].map((name) => [`!${name}`, `Fn::${name}`]),
)
shortForms.set('!Ref', 'Ref')
shortForms.set('!Condition', 'Condition')

/** Registers the tags, so that the package keeps them on their nodes without a warning for each. */
const knownTags = [...shortForms.keys()].flatMap((tag) => [
  { tag, resolve: (text: string) => text },
  { tag, collection: 'map' },
  { tag, collection: 'seq' },
]) as Tags

/** A YAML text as plain data, with short forms expanded. Throws TemplateSyntaxError. */
export function readYaml(text: string): unknown {
  const document = compose(text)
  if (!document.contents) throw new TemplateSyntaxError('the template is empty')
  return new Reader(text).read(document.contents, 0)
}

/**
 * Where in the text the value at this path of the template is, or else the closest enclosing value that is found.
 * For a mapping or a list it is the position of its key. Works for JSON as well.
 */
export function locate(text: string, path: readonly (string | number)[]): { line: number; column: number } {
  const document = compose(text)
  let node: Node | null | undefined = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const step of path) {
    // The path has the long form, which is one step longer than the short form in the text.
    if (node?.tag && shortForms.get(node.tag) === step) continue
    let next: Node | null | undefined
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => keyText(key) === String(step))
      if (!pair) break
      next = pair.value as Node | null
      const shown = next && !isCollection(next) ? next : (pair.key as Node)
      offset = shown.range?.[0] ?? offset
    } else if (isSeq(node) && typeof step === 'number') {
      next = node.items[step] as Node | undefined
      if (!next) break
      offset = next.range?.[0] ?? offset
    } else break
    node = next
  }
  return placeOf(text, offset)
}

/** Line and column, both from 1, of an offset. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

/**
 * Composes the document from its tokens one by one, to stop at the first error and at a depth that is too much for this
 * code's and the package's own recursion: near the end of the stack Node may abort instead of throwing.
 */
function compose(text: string): Document.Parsed {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  const take = (token: CST.Token) => {
    if (token.type === 'error') throw faultAt(text, token.offset, token.message)
    tokens.push(token)
  }
  for (const lexeme of newLexer().lex(text)) {
    for (const token of parser.next(lexeme)) take(token)
    if (parser.stack.length > MAX_DEPTH) throw faultAt(text, parser.offset, tooDeep)
  }
  for (const token of parser.end()) take(token)
  // Unique keys are checked when they are read: the package compares each with every other.
  const composer = new Composer({
    // Scalars stay as they are written; their meaning in CloudFormation is decided below.
    schema: 'failsafe',
    customTags: knownTags,
    uniqueKeys: false,
    logLevel: 'silent',
  })
  const documents = [...composer.compose(tokens, true, text.length)]
  for (const { errors } of documents) {
    if (errors[0]) throw faultAt(text, errors[0].pos[0], errors[0].message.split('\n')[0]!)
  }
  const [document, second] = documents
  if (second)
    throw faultAt(text, second.range[0], 'a template is one YAML document, but a second one begins here')
  return document!
}

/**
 * CloudFormation accepts the continuation of a quoted scalar at any indentation, as PyYAML does. The package requires more than that
 * of the key (YAML 1.2, "Line Folding"), by a field of its lexer that is reset while such a scalar is read.
 */
function newLexer(): Lexer {
  const lexer = new Lexer()
  const inside = lexer as unknown as { indentNext: number; parseQuotedScalar(): Generator<string, string> }
  const read = inside.parseQuotedScalar.bind(inside)
  inside.parseQuotedScalar = function* () {
    const { indentNext } = inside
    inside.indentNext = 0
    const next = yield* read()
    inside.indentNext = indentNext
    return next
  }
  return lexer
}

function faultAt(text: string, offset: number, message: string): TemplateSyntaxError {
  const { line, column } = placeOf(text, offset)
  return new TemplateSyntaxError(message, line, column)
}

/** Turns nodes into data, instead of the package's own conversion, because a tag here is a function. */
class Reader {
  constructor(private readonly text: string) {}

  read(node: unknown, depth: number): unknown {
    if (!isNode(node)) return null
    if (depth > MAX_DEPTH) throw this.fault(node, tooDeep)
    // CloudFormation: "YAML aliases are not allowed in CloudFormation templates".
    if (isAlias(node)) throw this.fault(node, `CloudFormation has no YAML aliases (*${node.source})`)
    const wrap = this.functionOf(node)
    let value: unknown
    if (isMap(node)) {
      const data: Record<string, unknown> = {}
      for (const { key, value: item } of node.items) {
        const name = keyText(key)
        if (name === undefined) throw this.fault(node, 'a key must be a plain word')
        if (name === '<<') throw this.fault(key, 'CloudFormation has no merge keys (<<)')
        if (Object.hasOwn(data, name)) throw this.fault(key, `duplicate key ${name}`)
        define(data, name, this.read(item, depth + 1))
      }
      value = data
    } else if (isSeq(node)) value = node.items.map((item) => this.read(item, depth + 1))
    else value = isScalar(node) ? meaningOf(node) : null
    if (!wrap) return value
    return { [wrap]: wrap === 'Fn::GetAtt' && typeof value === 'string' ? splitAttribute(value) : value }
  }

  private functionOf(node: Node): string | undefined {
    const tag = node.tag
    // Standard tags (`!!str`) were already applied when the text was parsed.
    if (!tag || tag === '!' || standardTags.has(tag)) return undefined
    const name = shortForms.get(tag)
    if (!name)
      throw this.fault(node, `CloudFormation has no function ${tag.replace('tag:yaml.org,2002:', '!!')}`)
    return name
  }

  private fault(node: unknown, message: string): TemplateSyntaxError {
    return faultAt(this.text, (node as Node).range?.[0] ?? 0, message)
  }
}

const standardTags = new Set(
  ['map', 'seq', 'str', 'null', 'bool', 'int', 'float'].map((name) => `tag:yaml.org,2002:${name}`),
)

function keyText(key: unknown): string | undefined {
  const value = isScalar(key) ? meaningOf(key) : key
  return typeof value === 'object' && value !== null ? undefined : String(value)
}

/** YAML 1.1's words for true and false, which CloudFormation interprets as such if they are not quoted. */
const booleans = new Map<string, boolean>()
for (const word of ['yes', 'true', 'on']) booleans.set(word, true)
for (const word of ['no', 'false', 'off']) booleans.set(word, false)

/** What a scalar means: quoted ones, blocks, and arguments of functions are text. */
function meaningOf({ source, tag, type, value }: Scalar): unknown {
  const text = source ?? String(value ?? '')
  if (type !== 'PLAIN' || (tag && tag !== 'tag:yaml.org,2002:bool')) return value ?? ''
  if (text === '' || text === '~' || /^(null|Null|NULL)$/.test(text)) return null
  // `yes`, `Yes` and `YES`, but not `yEs` (YAML 1.1, "Boolean Language-Independent Type").
  if (/^([a-z]+|[A-Z][a-z]*|[A-Z]+)$/.test(text)) return booleans.get(text.toLowerCase()) ?? text
  return numberOrText(text)
}

/** As JSON.parse does: a key `__proto__` is a key like any other. */
function define(data: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(data, key, { value, enumerable: true, configurable: true, writable: true })
}

/** `!GetAtt Resource.Attribute.Path`: the resource ends at the first dot. */
function splitAttribute(text: string): string | [string, string] {
  const dot = text.indexOf('.')
  return dot < 0 ? text : [text.slice(0, dot), text.slice(dot + 1)]
}
