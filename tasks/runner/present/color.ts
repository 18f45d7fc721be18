import { codes } from '../../base/failure.ts'

type Environment = Record<string, string | undefined>

/** Select Graphic Rendition (ECMA-48, 8.3.117): how each begins and ends. The oldest supported Node lacks styleText. */
const STYLES = { dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const

export type Style = keyof typeof STYLES

/**
 * Whether output to a stream is coloured. `--no-color` and NO_COLOR (no-color.org) turn colours off, FORCE_COLOR and
 * CLICOLOR_FORCE (bixense.com/clicolors) turn them on; otherwise a terminal gets them, unless TERM is dumb.
 */
export function isColored(
  { isTTY }: { isTTY?: boolean },
  { color }: { color: boolean },
  { CLICOLOR, CLICOLOR_FORCE, FORCE_COLOR, NO_COLOR, TERM }: Environment,
): boolean {
  if (!color || NO_COLOR) return false
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  if (CLICOLOR_FORCE && CLICOLOR_FORCE !== '0') return true
  return isTTY === true && TERM !== 'dumb' && CLICOLOR !== '0'
}

export function paint(style: Style, text: string): string {
  const [begin, end] = STYLES[style]
  return `\x1b[${begin}m${text}\x1b[${end}m`
}

/** What to colour, anywhere in a finished text. Text from outside can at most get a colour from this. */
const RULES: [RegExp, (found: string) => Style][] = [
  // Marks at the beginning of a line.
  [/(?<=^ *)[✔√✖×○·›!?](?= )/gm, (mark) => markStyles[mark] ?? 'dim'],
  // The spinner: Braille patterns.
  [/(?<=^ *)[\u2801-\u28ff](?= )/gm, () => 'yellow'],
  [new RegExp(`\\b(?:${codes.join('|')})\\b(?![=.])`, 'g'), () => 'red'],
  // Table cells: the status of a stack or a node.
  [
    /\b(?:CREATE|UPDATE|DELETE|IMPORT|ROLLBACK|REVIEW)[A-Z_]*_(?:COMPLETE|FAILED|IN_PROGRESS)\b/g,
    statusStyle,
  ],
  [/(?<= {2})(?:healthy|serving|active)(?= {2}|$)/gm, () => 'green'],
  [/(?<= {2})(?:unhealthy|not in DC\/OS)(?= |$)/gm, () => 'red'],
  // From → to.
  [/\S+(?= → )/g, () => 'red'],
  [/(?<= → )[^\s,;?]+/g, () => 'green'],
  [/(?<=^ *)(?:why|next):(?= )/gm, () => 'dim'],
  [/^(?:warning|this may not be all|not searched)\b/gm, () => 'yellow'],
]

const markStyles: Record<string, Style> = {
  '✔': 'green',
  '√': 'green',
  '✖': 'red',
  '×': 'red',
  '!': 'yellow',
  '?': 'yellow',
}

function statusStyle(status: string): Style {
  if (status.includes('ROLLBACK') || status.endsWith('_FAILED')) return 'red'
  return status.endsWith('_COMPLETE') ? 'green' : 'yellow'
}

/** Adds colours to a text for people. */
export function colored(text: string): string {
  return RULES.reduce(
    (done, [pattern, style]) => done.replace(pattern, (found) => paint(style(found), found)),
    text,
  )
}
