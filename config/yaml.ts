import { type Document, parseDocument, type YAMLError } from 'yaml'
import type { Problem } from './errors.ts'
import type { Layer } from './reader.ts'

/**
 * Parses YAML 1.2 (core schema: no dates, no `yes`, no merge keys, whatever a %YAML line says). Keys written twice are
 * left to the reader, which reports them by name.
 */
export function parseYaml(text: string): Document {
  return parseDocument(text, { schema: 'core', uniqueKeys: false, prettyErrors: false })
}

/** The first syntax error: later ones are mostly consequences of it. */
export function syntaxProblem(document: Document, layer: Layer): Problem | undefined {
  const error = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0])[0]
  if (!error) return undefined
  return { ...layer.mark(error.pos[0], error.pos[1], false), what: wordingOf(error) }
}

function wordingOf(error: YAMLError): string {
  if (error.message.includes('call stack')) return 'nested too deeply'
  if (error.message.startsWith('Flow'))
    return 'not valid YAML: a { or [ is not closed, or its content is not indented'
  if (error.message.includes('quote')) return 'not valid YAML: a quote is not closed'
  const own = wordings[error.code]
  if (own) return own
  const message = error.message.split('\n')[0]!
  return `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`
}

/** Common errors, in plainer words than the parser's. */
const wordings: Partial<Record<YAMLError['code'], string>> = {
  TAB_AS_INDENT: 'a tab cannot indent YAML: use spaces',
  MULTIPLE_DOCS: 'a second YAML document begins here: a config must be one document',
  BLOCK_AS_IMPLICIT_KEY:
    'not valid YAML: a key within a value on the same line (is the indentation right, does the text need quotes?)',
  MULTILINE_IMPLICIT_KEY:
    'not valid YAML: a line without "key: value" (is a colon or a space after it missing?)',
  UNEXPECTED_TOKEN: 'not valid YAML: this does not belong here',
  TAG_RESOLVE_FAILED: 'YAML tags (!…) are not supported here',
}
