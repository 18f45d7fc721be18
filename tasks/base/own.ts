/** A table's entry for a name that comes from outside: inherited ones such as `constructor` do not count. */
export function own<Value>(
  table: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return table && Object.hasOwn(table, name) ? table[name] : undefined
}
