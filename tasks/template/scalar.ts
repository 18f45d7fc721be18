/**
 * A number if it is written exactly as JavaScript would write it, else the text as written: CloudFormation keeps `012345678901`,
 * `1.10` and `12345678901234567890` as they are, and so must anything that is compared with its values.
 */
export function numberOrText(text: string): number | string {
  const number = Number(text)
  return text !== '' && String(number) === text && Number.isFinite(number) ? number : text
}
