import { type Fields, structures, text, texts } from '../../wire/query.ts'

/**
 * Whether an item passes all filters of a call. `values` returns the item's values for a filter's name; tags are filtered by
 * `tag:<key>` and `tag-key`. `*` and `?` match anything, as in EC2.
 */
export function passes(
  fields: Fields,
  values: (name: string) => readonly (string | undefined)[],
  tags: Record<string, string>,
): boolean {
  return structures(fields, 'Filter').every((filter) => {
    const name = text(filter, 'Name') ?? ''
    const patterns = texts(filter, 'Value').map(pattern)
    const own = name.startsWith('tag:')
      ? [tags[name.slice(4)]]
      : name === 'tag-key'
        ? Object.keys(tags)
        : values(name)
    return own.some((value) => value !== undefined && patterns.some((one) => one.test(value)))
  })
}

function pattern(text: string): RegExp {
  const escaped = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${escaped}$`, 's')
}
