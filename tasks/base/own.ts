/** What a table holds under a name that comes from outside: `constructor` and its like are no entries of it. */
export function own<Value>(
  table: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return table && Object.hasOwn(table, name) ? table[name] : undefined
}
