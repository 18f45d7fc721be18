import { leaves, type Shape } from './shape.ts'

/** The documentation of a key. */
export interface KeyDescription {
  key: string
  type: string
  /** As it would be written; empty if there is none. */
  default: string
  allowed: string
  description: string
}

/** Every key of the config, in the order of the schema. */
export function describeKeys(): KeyDescription[] {
  return leaves().map(describeKey)
}

/** The documentation of a shape's key. */
export function describeKey(shape: Exclude<Shape, { kind: 'section' }>): KeyDescription {
  return {
    key: shape.key,
    type: typeOf(shape),
    default: shape.about.default === undefined ? '' : written(shape.about.default),
    allowed: shape.about.allowed,
    description: shape.about.description,
  }
}

/** The same as a table in Markdown. The table of docs/config.md is this text. */
export function configTable(): string {
  const rows = describeKeys().map((about) => [
    `\`${about.key}\``,
    about.default && `\`${about.default}\``,
    about.allowed,
    about.description,
  ])
  const head = ['key', 'default', 'allowed', 'description']
  return [head, head.map(() => '---'), ...rows]
    .map(
      (row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |\n`,
    )
    .join('')
}

function typeOf(shape: Shape): string {
  if (shape.kind === 'list') return 'list'
  if (shape.kind !== 'value') return 'map'
  return [...shape.types].join(' or ')
}

function written(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
