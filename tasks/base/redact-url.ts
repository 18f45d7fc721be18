/** A URL for display: without user and password, and for http(s) without query and fragment, which can hold a signature. */
export function redactUrl(source: string | URL): string {
  const text = String(source)
  if (!/^https?:\/\//i.test(text)) return text.replace(USER, '$1')
  if (!URL.canParse(text)) return text.replace(USER, '$1').replace(/[?#].*$/s, '?…')
  const { origin, pathname, search } = new URL(text)
  return `${origin}${pathname}${search && '?…'}`
}

/** User and password, between `scheme://` and `@`. */
const USER = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i
