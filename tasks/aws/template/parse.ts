import { parseDocument, type ScalarTag, type SchemaOptions, type Tags } from 'yaml'

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
  CreationPolicy?: { ResourceSignal?: { Count?: number | string; Timeout?: string } }
  UpdatePolicy?: Record<string, unknown>
  Metadata?: Record<string, unknown>
}

export interface TemplateOutput {
  Value: unknown
  Description?: string
  Condition?: string
  Export?: { Name: unknown }
}

/** A text that is no template: where in it, and what is wrong there. */
export class TemplateSyntaxError extends Error {
  override readonly name = 'TemplateSyntaxError'
  constructor(
    message: string,
    /** 1-based; undefined when the fault is not at one place. */
    readonly line?: number,
    readonly column?: number,
  ) {
    super(message)
  }
}

/**
 * Reads a template written in JSON or in YAML with the short intrinsic forms (`!Ref`, `!Sub`, `!GetAtt` …).
 * Throws TemplateSyntaxError. What the template means is not judged here.
 */
export function parseTemplate(text: string): Template {
  // A NUL never occurs in a template: this is some binary file.
  if (text.includes('\0')) throw new TemplateSyntaxError('this is a binary file, not a template')
  if (text.trim() === '') throw new TemplateSyntaxError('the template is empty')
  return asTemplate(parseJson(text) ?? parseYaml(text))
}

/** JSON is most of the official templates, and its own parser is twenty times as fast; for the place of a fault, YAML's is asked. */
function parseJson(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function parseYaml(text: string): unknown {
  const options: SchemaOptions & { customTags: Tags } = { schema: 'core', customTags: shortForms }
  const document = parseDocument(text, {
    ...options,
    prettyErrors: true,
    uniqueKeys: true,
    maxAliasCount: 100,
  } as never)
  const fault = document.errors[0] ?? document.warnings[0]
  if (fault) {
    const place = fault.linePos?.[0]
    throw new TemplateSyntaxError(
      fault.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, ''),
      place?.line,
      place?.col,
    )
  }
  return document.toJS()
}

function asTemplate(value: unknown): Template {
  if (!isObject(value)) throw new TemplateSyntaxError('a template must be a mapping with a Resources section')
  if (!isObject(value.Resources)) throw new TemplateSyntaxError('the template has no Resources section')
  return value as unknown as Template
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The functions that have a short form (AWS: "Intrinsic function reference"). Ref and Condition keep their bare name. */
const functions = [
  'And',
  'Base64',
  'Cidr',
  'Contains',
  'EachMemberEquals',
  'EachMemberIn',
  'Equals',
  'FindInMap',
  'GetAtt',
  'GetAZs',
  'If',
  'ImportValue',
  'Join',
  'Length',
  'Not',
  'Or',
  'RefAll',
  'Select',
  'Split',
  'Sub',
  'ToJsonString',
  'Transform',
  'ValueOf',
  'ValueOfAll',
]

const shortForms = [...functions, 'Ref', 'Condition'].flatMap((name) => {
  const key = name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`
  const wrap = (value: unknown) => ({
    [key]: name === 'GetAtt' && typeof value === 'string' ? splitAttribute(value) : value,
  })
  const tag = `!${name}`
  return [
    { tag, resolve: (text: string) => wrap(text) },
    { tag, collection: 'map', resolve: (node: { toJSON(): unknown }) => wrap(node.toJSON()) },
    { tag, collection: 'seq', resolve: (node: { toJSON(): unknown }) => wrap(node.toJSON()) },
  ] as unknown as ScalarTag[]
})

/** `!GetAtt Resource.Attribute.Path`: the resource ends at the first point. */
function splitAttribute(text: string): string | [string, string] {
  const point = text.indexOf('.')
  return point < 0 ? text : [text.slice(0, point), text.slice(point + 1)]
}
