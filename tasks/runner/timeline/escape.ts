/** So much of a reason is told; a service may answer with a whole document. */
const REASON_MOST = 600

/** A text as it stands in HTML and SVG, in an attribute too. */
export function escaped(text: string): string {
  return text.replace(/[&<>"'`]/g, (letter) => `&#${letter.charCodeAt(0)};`)
}

/** The beginning of a text that may be long. */
export const clipped = (text: string, most = REASON_MOST) =>
  text.length > most ? `${text.slice(0, most)}…` : text
