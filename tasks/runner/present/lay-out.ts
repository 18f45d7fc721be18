/**
 * Lays out a text for a stream: wrapped on a terminal, unchanged elsewhere. Measuring text needs a package that costs start-up
 * time, so it is loaded only for a terminal.
 */
export async function layOut(text: string, stream: NodeJS.WriteStream, indent?: number): Promise<string> {
  return stream.isTTY ? (await import('./layout.ts')).laidOut(text, stream, indent) : text
}
