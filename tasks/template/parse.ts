import { looksLikeJson, readJson } from './json.ts'
import { TemplateSyntaxError } from './syntax.ts'
import { readYaml } from './yaml.ts'

export { TemplateSyntaxError } from './syntax.ts'

/** A CloudFormation template as plain data, intrinsic functions in their long form. */
export interface Template {
  AWSTemplateFormatVersion?: string
  Description?: string
  Metadata?: Record<string, unknown>
  Parameters?: Record<string, TemplateParameter>
  Mappings?: Record<string, Record<string, Record<string, unknown>>>
  Conditions?: Record<string, unknown>
  Rules?: Record<string, unknown>
  Resources: Record<string, TemplateResource>
  Outputs?: Record<string, TemplateOutput>
  Transform?: unknown
}

export interface TemplateParameter {
  Type: string
  Default?: string | number | boolean
  AllowedPattern?: string
  AllowedValues?: (string | number | boolean)[]
  MinLength?: number | string
  MaxLength?: number | string
  MinValue?: number | string
  MaxValue?: number | string
  ConstraintDescription?: string
  Description?: string
  NoEcho?: boolean | string
}

export interface TemplateResource {
  Type: string
  Properties?: Record<string, unknown>
  DependsOn?: string | string[]
  Condition?: string
  DeletionPolicy?: string
  UpdateReplacePolicy?: string
  CreationPolicy?: { ResourceSignal?: { Count?: unknown; Timeout?: unknown } }
  UpdatePolicy?: Record<string, unknown>
  Metadata?: Record<string, unknown>
}

export interface TemplateOutput {
  Value: unknown
  Description?: string
  Condition?: string
  Export?: { Name: unknown }
}

/**
 * Reads a template written in JSON or in YAML with the short intrinsic forms (`!Ref`, `!Sub`, `!GetAtt` …).
 * Throws TemplateSyntaxError. The meaning of the template is not checked here.
 */
export function parseTemplate(text: string): Template {
  const known = parsed.get(text)
  if (known) return known
  const template = parse(text)
  remember(text, template)
  return template
}

/** Caches the template that a text parses to. */
export function remember(text: string, template: Template): void {
  if (parsed.size === KEPT) parsed.delete(parsed.keys().next().value!)
  parsed.set(text, template)
}

/**
 * The last parsed templates, by text: a rehearsal reads the one that the pipeline has just sent, which would take half of a rerun.
 * Templates are never modified.
 */
const parsed = new Map<string, Template>()
const KEPT = 4

function parse(text: string): Template {
  // A template never contains a NUL: this is a binary file.
  if (text.includes('\0')) throw new TemplateSyntaxError('this is a binary file, not a template')
  if (text.trim() === '') throw new TemplateSyntaxError('the template is empty')
  const bare = text.replace(/^\uFEFF/, '')
  const value = looksLikeJson(bare) ? readJson(bare) : readYaml(bare)
  if (!isObject(value)) throw new TemplateSyntaxError('a template must be a mapping with a Resources section')
  if (!isObject(value.Resources)) throw new TemplateSyntaxError('the template has no Resources section')
  return value as unknown as Template
}

/** A mapping, as opposed to a list, a scalar or nothing. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
