/** A longer reason is truncated when it is shown. AWS allows a few kilobytes. */
const SHOWN_CHARACTERS = 600

/**
 * AWS's reason without what only its support can use: the handler's wrapping, the service's status, request ids, an
 * encoded authorization message. One line, no control characters, no full stop. For matching use `plainReason`, which
 * keeps the error codes.
 */
export function shownReason(reason: string): string {
  const plain = unwrap(plainReason(reason))
    .replace(/\s*Encoded authorization failure message:.*$/i, '')
    // "(Service: AmazonEC2; Status Code: 400; Error Code: X; Request ID: …; Proxy: null)", newer ones with commas.
    .replace(/\s*\(Service: [^()]*\)/g, '')
    .replace(/\s*\((?:SDK Attempt Count|RequestId|Request ID|RequestToken|HandlerErrorCode): [^()]*\)/g, '')
    .replace(/(?:[\s.]*(?:Rollback|Delete) requested by user)?[\s.]*$/, '')
  if (plain === '' || plain === 'null') return `no reason given${code(reason)}`
  return plain.length > SHOWN_CHARACTERS ? `${plain.slice(0, SHOWN_CHARACTERS - 1)}…` : plain
}

/** The reason on one line, without terminal control sequences and text direction overrides. */
export function plainReason(reason: string): string {
  return (
    reason
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it is there to remove them.
      .replace(/\u001b\[[\d;?]*[A-Za-z]/g, '')
      .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim()
  )
}

/** Resource providers pass on a service's message as `Resource handler returned message: "…" (RequestToken: …, HandlerErrorCode: …)`. */
function unwrap(reason: string): string {
  const wrapped =
    /^Resource handler returned message: "(.*)"(?:\s*\((?:RequestToken|HandlerErrorCode): [^()]*\))?$/.exec(
      reason,
    )
  return wrapped ? wrapped[1]! : reason
}

function code(reason: string): string {
  const found = /HandlerErrorCode: (\w+)|Error Code: ([\w.]+)/.exec(reason)
  return found ? ` (${found[1] ?? found[2]})` : ''
}
