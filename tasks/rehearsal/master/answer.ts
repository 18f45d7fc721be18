/** The answer of a handler: a status, headers, and the bytes. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string | Buffer
}

/** A request as the handlers see it: the path with repeated slashes merged, its headers and its body. */
export interface Ask {
  method: string
  path: string
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/** A JSON answer. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  }
}

/** An HTML answer; `body` is the whole document. */
export function html(body: string, status = 200, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers }, body }
}

/** The bare page that nginx, on which Admin Router is built, shows for a status of its own. */
export function barePage(status: number, reason: string, headers: Record<string, string> = {}): Answer {
  const title = `${status} ${reason}`
  return html(
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
    status,
    headers,
  )
}

/** Text escaped for HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** The body as a JSON object, or undefined if it is anything else. */
export function objectIn(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // What is not JSON is not an object either.
  }
  return undefined
}
