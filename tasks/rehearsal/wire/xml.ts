/**
 * A value to be written as XML. A list repeats its element (`flat`) or wraps each entry in `<member>` or `<item>`,
 * as the protocol requires; `undefined` is left out.
 */
export type Xml =
  | string
  | number
  | boolean
  | Date
  | Markup
  | undefined
  | readonly Xml[]
  | { readonly [name: string]: Xml }

/** Ready XML, inserted as it is. */
export class Markup {
  constructor(readonly text: string) {}
}

export type ListStyle = 'member' | 'item' | 'flat'

/** A whole document with one root element. */
export function document(root: string, content: Xml, style: ListStyle = 'flat', namespace?: string): string {
  const attribute = namespace ? ` xmlns="${namespace}"` : ''
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${inner(content, style)}</${root}>`
}

/** The content of an element, without the element itself. */
export function inner(value: Xml, style: ListStyle): string {
  if (value === undefined) return ''
  if (value instanceof Markup) return value.text
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value))
    return value.map((entry) => `<${style}>${inner(entry, style)}</${style}>`).join('')
  if (typeof value === 'object') {
    let text = ''
    for (const [name, entry] of Object.entries(value)) text += element(name, entry, style)
    return text
  }
  return escapeXml(String(value))
}

function element(name: string, value: Xml, style: ListStyle): string {
  if (value === undefined) return ''
  if (style === 'flat' && Array.isArray(value))
    return value.map((entry) => element(name, entry, style)).join('')
  return `<${name}>${inner(value, style)}</${name}>`
}

const special = /[&<>"\r]/g
const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
}

export function escapeXml(text: string): string {
  return text.replace(special, (character) => entities[character]!)
}
