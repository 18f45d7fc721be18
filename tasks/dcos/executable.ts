// What a file is, by its first bytes: ELF (elf(5)), Mach-O (mach-o/loader.h, mach-o/fat.h), PE (Microsoft's "PE Format").

/** How many bytes `recognise` needs, if the file has them. */
export const HEAD_BYTES = 4096

export type Content =
  | { kind: 'program'; system: System; machines: string[] }
  | { kind: 'zip' }
  | { kind: 'page'; format: 'HTML' | 'XML'; words: string }
  | { kind: 'script' }
  | { kind: 'archive'; format: string }
  | { kind: 'empty' }
  | { kind: 'unknown' }

type System = 'Linux' | 'macOS' | 'Windows'

/** Systems by the name Node gives them; anything else runs what Linux runs, or nothing. */
const systems: Partial<Record<NodeJS.Platform, System>> = {
  linux: 'Linux',
  darwin: 'macOS',
  win32: 'Windows',
}

/** Machines by the name that Node's `process.arch` gives them. */
const elfMachines: Record<number, string> = {
  3: 'ia32',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
  22: 's390x',
  21: 'ppc64',
}
const machMachines: Record<number, string> = { 7: 'ia32', 12: 'arm', 16777223: 'x64', 16777228: 'arm64' }
const windowsMachines: Record<number, string> = { 332: 'ia32', 34404: 'x64', 43620: 'arm64' }

/** Programs for another machine that a system can run: Rosetta, and Windows' own emulation. */
const foreignMachines: Partial<Record<NodeJS.Platform, Record<string, string[]>>> = {
  darwin: { arm64: ['x64'] },
  win32: { arm64: ['x64', 'ia32'], x64: ['ia32'] },
}

/** Identifies a file by its first bytes. */
export function recognise(head: Buffer): Content {
  if (head.length === 0) return { kind: 'empty' }
  return elf(head) ?? machO(head) ?? portableExecutable(head) ?? other(head)
}

/** In a few words for the user: `a macOS program for arm64`, `an HTML page: "Access Denied"`. */
export function describe(content: Content): string {
  switch (content.kind) {
    case 'program':
      return `a ${content.system} program for ${content.machines.join(' and ')}`
    case 'page':
      return `${content.format === 'HTML' ? 'an HTML page' : 'an XML document'}${content.words && `: "${content.words}"`}`
    case 'zip':
      return 'a zip archive'
    case 'archive':
      return `${content.format} data, still compressed`
    case 'script':
      return 'a script'
    case 'empty':
      return 'an empty file'
    case 'unknown':
      return 'a file of unknown type'
  }
}

/** Why this machine cannot run it, or undefined if it can. `platform` and `arch` as Node names them. */
export function mismatch(
  content: Extract<Content, { kind: 'program' }>,
  platform: NodeJS.Platform,
  arch: string,
): string | undefined {
  const system = systems[platform] ?? platform
  if (content.system !== system) return `it is a ${content.system} binary, and this is ${system}`
  const runs = [arch, ...(foreignMachines[platform]?.[arch] ?? [])]
  if (content.machines.some((machine) => runs.includes(machine))) return undefined
  return `it is built for ${content.machines.join(' and ')}, and this machine is ${arch}`
}

function elf(head: Buffer): Content | undefined {
  if (head.length < 20 || head.readUInt32BE(0) !== 0x7f454c46) return undefined
  const machine = head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18)
  return { kind: 'program', system: 'Linux', machines: [elfMachines[machine] ?? `machine ${machine}`] }
}

const FAT_HEADER = 8
/** The same four bytes begin a Java class, whose version (45 or more) is where the number of programs would be. */
const MOST_PROGRAMS = 20

function machO(head: Buffer): Content | undefined {
  if (head.length < FAT_HEADER) return undefined
  const magic = head.readUInt32BE(0)
  const named = (type: number) => machMachines[type] ?? `machine ${type}`
  // thin, by word size and byte order
  if (magic === 0xcffaedfe || magic === 0xcefaedfe) {
    return { kind: 'program', system: 'macOS', machines: [named(head.readUInt32LE(4))] }
  }
  if (magic === 0xfeedfacf || magic === 0xfeedface) {
    return { kind: 'program', system: 'macOS', machines: [named(head.readUInt32BE(4))] }
  }
  // fat: several programs in one file, each with an entry of 20 or (64 bit) 32 bytes that begins with its machine
  const entry = magic === 0xcafebabe ? 20 : 32
  const programs = head.readUInt32BE(4)
  if (magic !== 0xcafebabe && magic !== 0xcafebabf) return undefined
  if (programs === 0 || programs > MOST_PROGRAMS) return undefined
  const starts = Array.from({ length: programs }, (_, index) => FAT_HEADER + index * entry)
  const machines = starts
    .filter((start) => start + 4 <= head.length)
    .map((start) => named(head.readUInt32BE(start)))
  return { kind: 'program', system: 'macOS', machines }
}

function portableExecutable(head: Buffer): Content | undefined {
  if (head.length < 0x40 || head.toString('latin1', 0, 2) !== 'MZ') return undefined
  const start = head.readUInt32LE(0x3c)
  if (start + 6 > head.length || head.readUInt32BE(start) !== 0x50450000) return undefined
  const machine = head.readUInt16LE(start + 4)
  return { kind: 'program', system: 'Windows', machines: [windowsMachines[machine] ?? `machine ${machine}`] }
}

function other(head: Buffer): Content {
  const begins = (hex: string) => head.toString('hex', 0, hex.length / 2) === hex
  // an archive, an empty one, and one in several parts (APPNOTE.TXT 4.3)
  if (begins('504b0304') || begins('504b0506') || begins('504b0708')) return { kind: 'zip' }
  if (begins('1f8b')) return { kind: 'archive', format: 'gzip' }
  if (begins('fd377a585a')) return { kind: 'archive', format: 'xz' }
  if (begins('425a68')) return { kind: 'archive', format: 'bzip2' }
  if (begins('2321')) return { kind: 'script' }
  return page(head.toString('utf8').replace(/^\uFEFF/, '')) ?? { kind: 'unknown' }
}

/** A page for people or for another program, which servers send instead of the file. */
function page(text: string): Content | undefined {
  if (!/^\s*<[!?a-z]/i.test(text)) return undefined
  const format = /<(!doctype\s+)?html|<head|<body/i.test(text) ? 'HTML' : 'XML'
  const title = /<title[^>]*>([^<]+)/i.exec(text)?.[1] ?? /<(?:Message|Code)>([^<]+)/i.exec(text)?.[1]
  const body = text.replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>?/g, ' ')
  return {
    kind: 'page',
    format,
    words: plain(title ?? body)
      .slice(0, 80)
      .trim(),
  }
}

/** One line without control characters, so that a page cannot draw on the user's terminal. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  return text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
}
