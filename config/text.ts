import { stringify } from 'yaml'
import { type leaves, root, type Section, type Shape } from './shape.ts'

/** The maximum width of a comment, without its indentation. */
const WIDTH = 116

/** One key of a config file, or a section of them, as lines. */
interface Block {
  /** The schema's texts for the key, as comments. */
  about: string[]
  lines: string[]
  /** Whether something is set in it; otherwise its lines are comments too. */
  set: boolean
}

/**
 * The text of a config file in which these dotted keys are set, each below its description. `hints` are keys that are
 * shown as comments unless they are set.
 */
export function configText(
  values: ReadonlyMap<string, unknown>,
  hints: readonly string[],
  head: readonly string[],
): string {
  const blocks = blocksOf(root, values, hints).map(({ about, lines, set }) => [
    ...about,
    ...(set ? lines : lines.map(comment)),
  ])
  return `${[head, ...blocks].map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function blocksOf(section: Section, values: ReadonlyMap<string, unknown>, hints: readonly string[]): Block[] {
  return [...section.entries].flatMap(([name, shape]) => blockOf(name, shape, values, hints) ?? [])
}

function blockOf(
  name: string,
  shape: Shape,
  values: ReadonlyMap<string, unknown>,
  hints: readonly string[],
): Block | undefined {
  if (shape.kind === 'section') {
    const inner = blocksOf(shape, values, hints)
    if (inner.length === 0) return undefined
    if (inner.some(({ set }) => set)) {
      const lines = inner.flatMap((one) => [...one.about, ...(one.set ? one.lines : one.lines.map(comment))])
      return { about: [], lines: [`${name}:`, ...lines.map(indented)], set: true }
    }
    const lines = inner.flatMap((one) => one.lines)
    return {
      about: inner.flatMap((one) => one.about),
      lines: [`${name}:`, ...lines.map(indented)],
      set: false,
    }
  }
  const about = comments(shape)
  if (shape.kind === 'names') {
    const own = [...values].filter(([key]) => key.startsWith(`${shape.key}.`))
    if (own.length === 0) return undefined
    const lines = own.map(([key, value]) => `${written(key.slice(shape.key.length + 1))}: ${written(value)}`)
    return { about, lines: [`${name}:`, ...lines.map(indented)], set: true }
  }
  if (values.has(shape.key))
    return { about, lines: [`${name}: ${written(values.get(shape.key))}`], set: true }
  return hints.includes(shape.key) ? { about, lines: [`${name}:`], set: false } : undefined
}

/** The comments for a key: its description, what is allowed, its default. */
function comments(shape: ReturnType<typeof leaves>[number]): string[] {
  const { allowed, default: fallback, description } = shape.about
  const plain = typeof fallback === 'object' || fallback === undefined
  const bounds = `allowed: ${allowed}${plain ? '' : `; default: ${fallback}`}`
  return [description, bounds].flatMap(wrap).map(comment)
}

const comment = (line: string) => `# ${line}`
const indented = (line: string) => `  ${line}`

function wrap(text: string): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!
    if (line && line.length + word.length >= WIDTH) lines.push(word)
    else lines[lines.length - 1] = line ? `${line} ${word}` : word
  }
  return lines
}

/** A value as one line of YAML that reads back the same. */
function written(value: unknown): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these would break the line.
  const odd = typeof value === 'string' && /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(value)
  if (odd || typeof value === 'object') return escaped(JSON.stringify(value))
  return stringify(value, { schema: 'core', lineWidth: 0 }).trimEnd()
}

/** JSON is YAML except for the characters that YAML requires to be escaped. */
function escaped(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
