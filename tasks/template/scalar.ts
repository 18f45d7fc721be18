/**
 * A number that is written in the one way in which JavaScript writes it, else the text as it is written in the file: CloudFormation
 * keeps `012345678901`, `1.10` and `12345678901234567890` as they are, and so must whatever is compared with what it says.
 */
export function numberOrText(text: string): number | string {
  const number = Number(text)
  return text !== '' && String(number) === text && Number.isFinite(number) ? number : text
}
