import { createHash } from 'node:crypto'
import { Failure } from '../base/failure.ts'
import { redactUrl } from '../base/redact-url.ts'
import { looksLikeJson, minifyJson } from './json.ts'
import { parseTemplate, type Template } from './parse.ts'
import { findSound } from './sound.ts'
import { readOfficial } from './source/official.ts'
import { readFromPath } from './source/path.ts'
import { type Remote, unreadable } from './source/remote.ts'
import { readFromS3 } from './source/s3.ts'
import { readFromWeb } from './source/web.ts'
import { TemplateSyntaxError } from './syntax.ts'
import { decodeTemplate } from './text.ts'

/** AWS: "CloudFormation quotas": the largest TemplateBody, in bytes. */
const MAX_BODY_BYTES = 51_200

/** The largest template at a TemplateURL, in bytes: the "1 MB" in "CloudFormation quotas" is decimal, according to the error message. */
const MAX_TEMPLATE_BYTES = 1_000_000

export interface LoadedTemplate {
  /** As given by the user, without the secrets that a URL may contain. */
  source: string
  /** As read, without a byte order mark. */
  text: string
  template: Template
  /** An earlier run has validated this very text without errors. */
  sound: boolean
  /** What is sent to AWS: the text, or the text without white space between its tokens. */
  body: string
  /** Length of the body. */
  bytes: number
  /** SHA-256 of the body, in hex. */
  digest: string
  minified: boolean
  /** It is too large for a request, so AWS must fetch it from a bucket. */
  needsBucket: boolean
}

interface LoadOptions {
  /** Where relative paths start. */
  root: string
  signal?: AbortSignal
  /** Where validated templates are cached. */
  cache?: string
  /** How to read templates that are not files on this machine; without it they cannot be read. */
  remote?: Remote
}

/**
 * Reads a template. Throws TEMPLATE_UNREADABLE, TEMPLATE_TOO_LARGE, and TEMPLATE_INVALID (`source:line:column`, what is
 * wrong) if it is not a template at all; validateTemplate checks its content.
 */
export async function loadTemplate(address: string, options: LoadOptions): Promise<LoadedTemplate> {
  const source = redactUrl(address)
  const { content, accept } = await read(address, options)
  const text = decodeTemplate(content, source)
  // The size first: what AWS would refuse anyway is not worth parsing.
  const body = bodyOf(text, source)
  const known = options.cache === undefined ? undefined : await findSound(options.cache, text)
  const template = known ?? parse(text, source)
  await accept?.()
  return { source, text, template, sound: known !== undefined, ...body }
}

/** The same with another template instead, which is sent as JSON. */
export function withTemplate(loaded: LoadedTemplate, template: Template): LoadedTemplate {
  const text = JSON.stringify(template, null, 2)
  return {
    source: loaded.source,
    text,
    template,
    sound: false,
    ...bodyOf(JSON.stringify(template), loaded.source),
  }
}

interface Read {
  content: Buffer
  /** To be called once it turns out to be a template. */
  accept?: () => Promise<void>
}

async function read(source: string, { remote, root, signal }: LoadOptions): Promise<Read> {
  const scheme = /^(official:|[a-z][a-z0-9+.-]*:\/\/)/i.exec(source)?.[0].toLowerCase()
  if (scheme === undefined) return { content: await readFromPath(source, root, signal) }
  if (remote) {
    if (scheme === 'https://' || scheme === 'http://') return readFromWeb(source, remote)
    if (scheme === 's3://') return { content: await readFromS3(source, remote) }
    if (scheme === 'official:') return { content: await readOfficial(source, root, remote) }
  }
  const known = 'a path, https://…, s3://bucket/key or official:<channel>/<master setup>'
  throw unreadable(redactUrl(source), `templates cannot be read from ${scheme}…`, `set template to ${known}`)
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
      cause: `the file, read as ${kind}, is not a CloudFormation template`,
      next: `fix ${source}, or set template to another file`,
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
      message: `the template ${source} has ${bytes} bytes${minified ? ' without white space' : ''}`,
      cause: `CloudFormation accepts at most ${MAX_TEMPLATE_BYTES} bytes`,
      next: 'split it into nested stacks, or move large scripts out of it',
    })
  }
  const digest = createHash('sha256').update(body).digest('hex')
  return { body, bytes, digest, minified, needsBucket: bytes > MAX_BODY_BYTES }
}
