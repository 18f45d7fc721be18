/** The sections of an ini file such as ~/.aws/config, each with its keys; what is set in under a key is left out. */
export function parseIni(text: string): Map<string, Record<string, string>> {
  const sections = new Map<string, Record<string, string>>()
  let section: Record<string, string> = {}
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1]?.replace(/\s+/g, ' ')
    if (head !== undefined) {
      section = sections.get(head) ?? Object.create(null)
      sections.set(head, section)
    }
    const [, name, value] = /^([\w-]+)\s*=\s*(.*)$/.exec(line) ?? []
    if (name !== undefined) section[name] = value!.replace(/\s[#;].*$/, '').trim()
  }
  return sections
}
