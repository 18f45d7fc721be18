/** The maximum length of a reason; a service may return a whole document. */
const MAX_REASON = 600

/** Escapes a text for HTML and SVG, including attributes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"'`]/g, (letter) => `&#${letter.charCodeAt(0)};`)
}

/** The beginning of a text that may be long. */
export const clipped = (text: string, most = MAX_REASON) =>
  text.length > most ? `${text.slice(0, most)}…` : text
