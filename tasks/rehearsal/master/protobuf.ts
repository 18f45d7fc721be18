/** The wire types of Protocol Buffers that are written here (protobuf.dev, "Encoding"). */
const VARINT = 0
const LENGTH_DELIMITED = 2

/** A message, or a part of one: fields in the order written. */
export function message(...fields: Buffer[]): Buffer {
  return Buffer.concat(fields)
}

/** A number, enum or boolean field. */
export function whole(field: number, value: number | boolean): Buffer {
  return Buffer.from([...varint((field << 3) | VARINT), ...varint(Number(value))])
}

/** A string field, or a message inside a message. */
export function bytes(field: number, value: string | Buffer): Buffer {
  const content = Buffer.from(value as string)
  return Buffer.concat([
    Buffer.from([...varint((field << 3) | LENGTH_DELIMITED), ...varint(content.length)]),
    content,
  ])
}

/** Unsigned, below 2^31: no larger number is needed here. */
function varint(value: number): number[] {
  const groups: number[] = []
  let rest = value
  while (rest > 0x7f) {
    groups.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  groups.push(rest)
  return groups
}
