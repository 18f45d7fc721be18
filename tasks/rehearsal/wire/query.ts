/** A request of the query protocols, lists and structures parsed from names such as `Tags.member.1.Key`. */
export type Fields = { [name: string]: Field }
export type Field = string | Field[] | Fields

/** Parses a form body. EC2 numbers its lists without the word `member`; both forms become lists. */
export function parseForm(body: string): Fields {
  const root: Fields = {}
  for (const [name, value] of new URLSearchParams(body)) {
    const path = name.split('.').filter((part) => part !== 'member')
    let at = root
    for (const part of path.slice(0, -1)) {
      const next = at[part]
      if (typeof next === 'object' && !Array.isArray(next)) at = next
      else {
        const made: Fields = {}
        at[part] = made
        at = made
      }
    }
    at[path.at(-1) ?? name] = value
  }
  return lists(root) as Fields
}

function lists(value: Field): Field {
  if (typeof value === 'string' || Array.isArray(value)) return value
  const entries = Object.entries(value).map(([name, entry]) => [name, lists(entry)] as const)
  if (entries.length > 0 && entries.every(([name]) => /^\d+$/.test(name))) {
    return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, entry]) => entry)
  }
  return Object.fromEntries(entries)
}

export function text(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  return typeof value === 'string' ? value : undefined
}

export function flag(fields: Fields, name: string): boolean | undefined {
  const value = text(fields, name)
  return value === undefined ? undefined : value.toLowerCase() === 'true'
}

/** A list of plain values; one that is empty (`Tags=`) counts as given. */
export function texts(fields: Fields, name: string): string[] {
  const value = fields[name]
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
}

export function structures(fields: Fields, name: string): Fields[] {
  const value = fields[name]
  if (!Array.isArray(value)) return []
  return value.filter((entry): entry is Fields => typeof entry === 'object' && !Array.isArray(entry))
}

export function structure(fields: Fields, name: string): Fields | undefined {
  const value = fields[name]
  return typeof value === 'object' && !Array.isArray(value) ? value : undefined
}

/** `Key` and `Value` pairs, as every service spells tags. */
export function tagsOf(list: Fields[]): Record<string, string> {
  return Object.fromEntries(list.map((tag) => [text(tag, 'Key') ?? '', text(tag, 'Value') ?? '']))
}
