/** An id that Mermaid accepts: its keywords, such as `end`, must not be ids. */
export const nodeId = (id: string) =>
  `r_${id.replace(/[^A-Za-z0-9]/g, (letter) => `_${letter.codePointAt(0)}_`)}`

/** Lines of a node's text. Mermaid reads entities in quoted texts, with # instead of & (Mermaid, "Entity codes to escape characters"). */
export function quoted(...lines: string[]): string {
  const safe = lines.map((line) =>
    line.replace(/[^\p{L}\p{N} _.,:×()-]/gu, (letter) => `#${letter.codePointAt(0)};`),
  )
  return `"${safe.join('<br>')}"`
}
