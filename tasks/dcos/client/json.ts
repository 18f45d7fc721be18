/** JSON as the dcos CLI prints it. */
export function prettyJson(value: unknown): string {
  return `${JSON.stringify(value, null, 4)}\n`
}
