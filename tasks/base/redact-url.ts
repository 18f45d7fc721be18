/** An address for people: without user and password, of http(s) also without query and fragment, which can hold a signature. */
export function redactUrl(source: string | URL): string {
  const text = String(source)
  if (!/^https?:\/\//i.test(text)) return text.replace(USER, '$1')
  if (!URL.canParse(text)) return text.replace(USER, '$1').replace(/[?#].*$/s, '?…')
  const { origin, pathname, search } = new URL(text)
  return `${origin}${pathname}${search && '?…'}`
}

/** The user, and the password, between `scheme://` and `@`. */
const USER = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i
