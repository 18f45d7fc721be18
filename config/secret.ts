/** An address with a user in it, or with a query, which can hold a signature. */
const TELLING_ADDRESS = /:\/\/[^/?#\s]*@|https?:\/\/\S*\?/i

/**
 * Whether what a dotted key is set to may be secret: a template's parameter (which of them are NoEcho is not known before
 * the template is read), and any address that lets somebody in.
 */
export function isSecret(key: string, value: string): boolean {
  return key === 'parameters' || key.startsWith('parameters.') || TELLING_ADDRESS.test(value)
}
