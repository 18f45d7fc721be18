import type { Template, TemplateParameter } from './parse.ts'

/** Whether a parameter's value must never be shown (NoEcho). */
export function isNoEcho(parameter: TemplateParameter | undefined): boolean {
  return String(parameter?.NoEcho).toLowerCase() === 'true'
}

/** The names of all parameters whose values must never be shown. */
export function secretParameters(template: Template): string[] {
  const parameters = Object.entries(template.Parameters ?? {})
  return parameters.filter(([, parameter]) => isNoEcho(parameter)).map(([name]) => name)
}
