/** Whether an error code (OpenSSL's verify(1), and Node's own) means that a server's certificate cannot be verified. */
export function isCertificateError(code: string): boolean {
  return isUnknownAuthority(code) || /^(CERT_|ERR_TLS_CERT)/.test(code)
}

/** Whether the only problem is that no trusted authority has signed the certificate. */
export function isUnknownAuthority(code: string): boolean {
  return /^(DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_)/.test(code)
}
