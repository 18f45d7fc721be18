import { createHash } from 'node:crypto'
import { Failure } from '../../runner/failure.ts'
import { looksLikeJson, minifyJson } from './json.ts'
import { parseTemplate, type Template } from './parse.ts'
import { readFromPath } from './source/path.ts'
import { TemplateSyntaxError } from './syntax.ts'
import { textOf } from './text.ts'

/** AWS: "CloudFormation quotas": the largest TemplateBody, in bytes. */
export const MAX_BODY_BYTES = 51_200

/** AWS: "CloudFormation quotas": the largest template at a TemplateURL, in bytes. */
export const MAX_TEMPLATE_BYTES = 1_048_576

export interface LoadedTemplate {
  /** As the user calls it. */
  source: string
  /** As read, without a byte order mark. */
  text: string
  template: Template
  /** What is sent to AWS: the text, or the text without white space between its tokens. */
  body: string
  /** Length of the body. */
  bytes: number
  /** SHA-256 of the body, in hex. */
  digest: string
  minified: boolean
  /** It is too large to be sent in a request, so AWS must fetch it from a bucket. */
  needsBucket: boolean
}

export interface LoadOptions {
  /** Where relative paths start. */
  root: string
  signal?: AbortSignal
}

/**
 * Reads a template. Throws TEMPLATE_UNREADABLE, TEMPLATE_TOO_LARGE, and TEMPLATE_INVALID (`source:line:column`, what is
 * wrong) for what is no template at all; whether it makes sense is for validateTemplate to judge.
 */
export async function loadTemplate(source: string, options: LoadOptions): Promise<LoadedTemplate> {
  const text = textOf(await read(source, options), source)
  // Its size first: what AWS would not take anyway is not worth parsing.
  const body = bodyOf(text, source)
  const template = parse(text, source)
  return { source, text, template, ...body }
}

async function read(source: string, { root, signal }: LoadOptions): Promise<Buffer> {
  const scheme = /^(?:official:|[a-z][a-z0-9+.-]*:\/\/)/i.exec(source)?.[0]
  if (scheme === undefined) return readFromPath(source, root, signal)
  throw new Failure('TEMPLATE_UNREADABLE', {
    message: `the template ${source} cannot be read`,
    cause: `templates are read from files only so far, not from ${scheme}…`,
    next: 'download it and set template to the path of the file',
  })
}

function parse(text: string, source: string): Template {
  try {
    return parseTemplate(text)
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error
    const place = error.line === undefined ? source : `${source}:${error.line}:${error.column ?? 1}`
    const kind = looksLikeJson(text) ? 'JSON' : 'YAML'
    throw new Failure('TEMPLATE_INVALID', {
      message: `${place}: ${error.message}`,
      cause: `the file is no CloudFormation template, read as ${kind}`,
      next: `mend ${source}, or set template to another file`,
    })
  }
}

function bodyOf(
  text: string,
  source: string,
): Pick<LoadedTemplate, 'body' | 'bytes' | 'digest' | 'minified' | 'needsBucket'> {
  const minified = Buffer.byteLength(text) > MAX_BODY_BYTES && looksLikeJson(text)
  const body = minified ? minifyJson(text) : text
  const bytes = Buffer.byteLength(body)
  if (bytes > MAX_TEMPLATE_BYTES) {
    throw new Failure('TEMPLATE_TOO_LARGE', {
      message: `the template ${source} has ${bytes} bytes${minified ? ' without its white space' : ''}`,
      cause: `CloudFormation takes at most ${MAX_TEMPLATE_BYTES} bytes`,
      next: 'split it into nested stacks, or move large scripts out of it',
    })
  }
  const digest = createHash('sha256').update(body).digest('hex')
  return { body, bytes, digest, minified, needsBucket: bytes > MAX_BODY_BYTES }
}
