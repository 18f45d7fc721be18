import diff, { type Difference } from 'microdiff'
import { parseTemplate, type Template } from './parse.ts'
import { isNoEcho } from './secrets.ts'

/** So many changes are shown one by one, each value in so many characters. */
const TOLD = 20
const VALUE_CHARACTERS = 60

/** What differs between the template a stack was made from and another one, a line for each place. Throws TemplateSyntaxError. */
export function templateChanges(deployed: string, wanted: Template): string[] {
  const found = diff(withoutSecrets(parseTemplate(deployed)), withoutSecrets(wanted), { cyclesFix: false })
  const more = found.length - TOLD
  const lines = found.slice(0, TOLD).map(lineOf)
  return more > 0 ? [...lines, `… and ${more} more changes of the template`] : lines
}

/** The default of a NoEcho parameter is nobody's to read. */
function withoutSecrets(template: Template): Template {
  const parameters = Object.entries(template.Parameters ?? {}).map(([name, { Default, ...rest }]) => {
    const shown = isNoEcho(rest) || Default === undefined ? rest : { ...rest, Default }
    return [name, shown]
  })
  return { ...template, Parameters: Object.fromEntries(parameters) }
}

function lineOf(change: Difference): string {
  const place = change.path.join('.')
  if (change.type === 'CREATE') return `+ ${place}: ${shown(change.value)}`
  if (change.type === 'REMOVE') return `- ${place}: ${shown(change.oldValue)}`
  return `~ ${place}: ${shown(change.oldValue)} → ${shown(change.value)}`
}

function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > VALUE_CHARACTERS ? `${text.slice(0, VALUE_CHARACTERS - 1)}…` : text
}
