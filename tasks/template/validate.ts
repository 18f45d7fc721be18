import { Failure } from '../base/failure.ts'
import { cycleFaults } from './cycles.ts'
import { nameFaults } from './names.ts'
import type { Template } from './parse.ts'
import { type Fault, usesTransforms } from './references.ts'
import { structureFaults } from './structure.ts'
import { locate } from './yaml.ts'

/** More than these few are not helpful. */
const SHOWN = 3

/** Where a template came from: the source as given by the user, and its text, to locate errors in it. */
export interface Origin {
  source: string
  text: string
}

/** Throws TEMPLATE_INVALID with `source:line:column` and what is wrong there, for everything that can be checked without AWS. */
export function validateTemplate(template: Template, { text, source }: Origin): void {
  const faults = faultsIn(template)
  if (faults.length === 0) return
  const lines = faults.slice(0, SHOWN).map(({ path, what }) => {
    const { line, column } = locate(text, path)
    return `${source}:${line}:${column}: ${what}`
  })
  const more = faults.length > SHOWN ? [`and ${faults.length - SHOWN} more`] : []
  throw new Failure('TEMPLATE_INVALID', {
    message: lines[0]!,
    cause: ['AWS would refuse this template', ...lines.slice(1), ...more].join('\n'),
    next: `fix ${source}`,
  })
}

/** All errors in the structure of a template, in the order of the template. */
export function faultsIn(template: Template): Fault[] {
  const found = judged.get(template) ?? findFaults(template)
  judged.set(template, found)
  return found
}

/** Records that an earlier run has validated this template without errors. */
export function knowSound(template: Template): void {
  judged.set(template, [])
}

/** Cached results: a rehearsal validates the template that the pipeline has just validated. Templates are never modified. */
const judged = new WeakMap<Template, Fault[]>()

function findFaults(template: Template): Fault[] {
  const structure = structureFaults(template)
  // Names that a macro defines are not known here.
  if (structure.length > 0 || usesTransforms(template)) return structure
  const names = [...nameFaults(template)]
  return names.length > 0 ? names : cycleFaults(template)
}
