/**
 * A text as it fits where it goes to: on a terminal broken between words, elsewhere as it is. What it takes to measure text
 * costs start-up time, so it is loaded for a terminal alone.
 */
export async function layOut(text: string, stream: NodeJS.WriteStream, indent?: number): Promise<string> {
  return stream.isTTY ? (await import('./layout.ts')).laidOut(text, stream, indent) : text
}
