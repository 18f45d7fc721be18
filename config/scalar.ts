import * as v from 'valibot'
import { isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml'
import { nearest } from '../tasks/base/suggest.ts'
import { shown } from './errors.ts'
import type { Value } from './shape.ts'

/** YAML would read 0123 as 123 and 1.10 as 1.1: if the schema expects text, the text is taken as written. */
export function meant(node: Scalar, shape: Value): unknown {
  if (typeof node.value === 'string') return node.value
  if (shape.types.has('string') && !shape.choices.includes(node.value as number)) return scalarText(node)
  return node.value
}

/** A suggestion for a wrong value, if one would be valid. */
export function repaired(node: Scalar, shape: Value): string | undefined {
  if (typeof node.value !== 'string') return undefined
  const text = node.value.trim()
  const right = (value: unknown) => v.safeParse(shape.schema, value).success
  const quotes = node.type === 'PLAIN' ? '' : ', without quotes'
  if (text !== '' && right(Number(text))) return `${text}${quotes}`
  const truth = truths[text.toLowerCase()]
  if (truth !== undefined && right(truth)) return `${truth}${quotes}`
  const fixed = mistakes.map(([mistake, instead]) => text.replace(mistake, instead))
  const other = [text, text.toLowerCase(), ...fixed].find(right)
  if (other !== undefined) return other
  const words = shape.choices.filter((choice) => typeof choice === 'string')
  return nearest(text, [...words, ...shape.about.examples])[0]
}

/** Common mistakes in text, and their fixes; the first that makes the value valid is suggested. */
const mistakes: [RegExp, string][] = [
  [/_/g, '-'],
  [/^[0-9.]+$/, '$&/32'],
  [/^http:/, 'https:'],
  [/^[\w.-]+(:[0-9]+|\.\w+)/, 'http://$&'],
]

/** YAML 1.1's additional words for true and false; in YAML 1.2 they are text. */
const truths: Record<string, boolean> = {
  true: true,
  yes: true,
  on: true,
  false: false,
  no: false,
  off: false,
}

/** Nothing written, or YAML's null: not set. */
export function isEmpty(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null)
}

export function scalarText(node: Scalar): string {
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value))
}

/** What a node is, for an error message. */
export function kindOf(node: Node | null): string {
  if (isMap(node)) return 'a map'
  if (isSeq(node)) return 'a list'
  if (!isScalar(node)) return 'empty'
  return typeof node.value === 'string' ? shown(node.value) : scalarText(node)
}
