import { variables } from './environment.ts'
import { exampleOf } from './example.ts'
import { keysOf, leaves, type Shape, shapeAt } from './shape.ts'
import { suggestKeys } from './suggest.ts'
import { describeKey } from './table.ts'

/** The page about a key or a section of the config; letter case does not matter. */
export function page(word: string): string | undefined {
  const key = keysOf().find((one) => one.toLowerCase() === word.toLowerCase()) ?? word
  const shape = shapeAt(key)
  if (!shape) return undefined
  return `${(shape.kind === 'section' ? sectionPage(key) : valuePage(key, shape)).join('\n')}\n`
}

/** The keys that a word may mean, nearest first. */
export function nearest(word: string): string[] {
  return suggestKeys(word, keysOf())
}

function sectionPage(section: string): string[] {
  const keys = leaves().filter(({ key }) => key.startsWith(`${section}.`))
  const width = Math.max(...keys.map(({ key }) => key.length))
  return [
    `${section} is a section of the config. Its keys:`,
    '',
    ...keys.map((shape) => `  ${shape.key.padEnd(width)}  ${describeKey(shape).description}`),
    '',
    `npx task help ${keys[0]!.key} explains one of them.`,
  ]
}

function valuePage(key: string, shape: Exclude<Shape, { kind: 'section' }>): string[] {
  const { allowed, default: usual, description } = describeKey(shape)
  const names = [...variables].filter(([, of]) => of === key).map(([name]) => name)
  const { file, line } = exampleOf(key, shape)
  const facts: [label: string, text: string][] = [
    ['allowed', allowed],
    ['default', usual || 'none'],
    ['variable', names.join(', ')],
  ]
  return [
    key,
    '',
    description,
    '',
    ...facts.flatMap(([label, text]) => (text ? [`  ${`${label}:`.padEnd(10)}${text}`] : [])),
    '',
    'In the config file',
    ...file.map((one) => `  ${one}`),
    '',
    'On the command line',
    `  npx task bootstrap ${line}`,
  ]
}
