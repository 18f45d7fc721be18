/** A URL with user information, or with a query, which may contain a signature. */
const SECRET_URL = /:\/\/[^/?#\s]*@|https?:\/\/\S*\?/i

/**
 * Whether the value of a dotted key may be secret: a template parameter (which of them are NoEcho is unknown until
 * the template is read), or a URL with credentials.
 */
export function isSecret(key: string, value: string): boolean {
  return key === 'parameters' || key.startsWith('parameters.') || SECRET_URL.test(value)
}
