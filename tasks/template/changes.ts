import diff, { type Difference } from 'microdiff'
import { parseTemplate, type Template } from './parse.ts'
import { isNoEcho } from './secrets.ts'

/** How many changes are shown, and how many characters of each value. */
const SHOWN = 20
const VALUE_CHARACTERS = 60

/** The differences between a stack's template and another one, a line for each place. Throws TemplateSyntaxError. */
export function templateChanges(deployed: string, wanted: Template): string[] {
  const found = diff(withoutSecrets(parseTemplate(deployed)), withoutSecrets(wanted), { cyclesFix: false })
  const more = found.length - SHOWN
  const lines = found.slice(0, SHOWN).map(lineOf)
  return more > 0 ? [...lines, `… and ${more} more changes of the template`] : lines
}

/** The default of a NoEcho parameter is never shown. */
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
