import { AwsError } from '../../wire/errors.ts'

/** Parses the XML of a request's body; the elements in `lists` become lists. Loaded only when there is a body. */
export async function readXml(body: Uint8Array, lists: readonly string[]): Promise<Record<string, unknown>> {
  const { XMLParser } = await import('fast-xml-parser')
  try {
    const parser = new XMLParser({
      isArray: (name) => lists.includes(name),
      parseTagValue: false,
      trimValues: false,
      // Otherwise character references such as &#10; are left as they are.
      htmlEntities: true,
    })
    return parser.parse(Buffer.from(body).toString('utf8'), true)
  } catch {
    throw new AwsError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    )
  }
}
