import { notDcos } from './unreachable.ts'

export type Fields = Record<string, unknown>

/** The list of objects that an answer is, or holds under `key`; `address` is for the failure if it is missing. */
export function listIn(value: unknown, address: string, key?: string): Fields[] {
  const list = key === undefined ? value : fieldsOf(value)[key]
  if (Array.isArray(list)) return list.map(fieldsOf)
  throw notDcos(
    address,
    key === undefined ? 'it is JSON, but not a list' : `it is JSON, but has no list “${key}”`,
  )
}

/** An object's fields; anything else has none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

/** A string, or undefined for any other type. */
export function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
