import path from 'node:path'
import { realClock } from '../../base/clock.ts'
import { redactUrl } from '../../base/redact-url.ts'
import { send } from '../../http/send.ts'
import type { Tools } from '../../runner/task.ts'
import { type LoadedTemplate, loadTemplate } from '../../template/load.ts'
import { Kept } from '../../template/source/kept.ts'
import { Unavailable } from '../../template/source/remote.ts'
import { MAX_READ_BYTES, tooLarge } from '../../template/source/too-large.ts'
import type { Context } from '../context.ts'

export type Reading = Pick<Context, 'aws' | 'cloud' | 'config' | 'folders'> & Pick<Tools, 'log' | 'signal'>

/** The time limits for a server's first response, and for the whole download, in real milliseconds. */
const ANSWER_DEADLINE = 3_000
const WHOLE_DEADLINE = 20_000

/** Reads the template that the config names, wherever it is. Throws TEMPLATE_…, and failures of AWS. */
export function readTemplate({ aws, config, folders, log, signal }: Reading): Promise<LoadedTemplate> {
  return loadTemplate(config.template, {
    root: folders.root,
    signal,
    cache: folders.cache,
    remote: {
      kept: new Kept(path.join(folders.root, '.task', 'templates')),
      log,
      fetchS3: (bucket, key) => fetchS3(aws, bucket, key, signal),
      fetchWeb: (url) => fetchWeb(url, signal),
    },
  })
}

async function fetchS3(
  aws: Context['aws'],
  bucket: string,
  key: string,
  signal: AbortSignal,
): Promise<Buffer> {
  const { readObject } = await import('../../aws/s3.ts')
  try {
    const content = await readObject(aws, bucket, key, MAX_READ_BYTES, signal)
    if (content) return content
  } catch (error) {
    const { name } = error as Error
    if (name === 'NoSuchBucket') throw new Unavailable(`there is no bucket ${bucket}`)
    if (name === 'NoSuchKey') throw new Unavailable(`there is no object ${key} in the bucket ${bucket}`)
    throw error
  }
  throw tooLarge(`s3://${bucket}/${key}`, MAX_READ_BYTES)
}

/**
 * Downloads a template. Each server in a chain of redirects must respond within 3 s, and none may lead to plain http on
 * another machine: an attacker who can change a template in transit owns the account. Throws Unavailable, TEMPLATE_TOO_LARGE.
 */
export async function fetchWeb(
  url: URL,
  signal: AbortSignal,
  { answer = ANSWER_DEADLINE, whole = WHOLE_DEADLINE } = {},
): Promise<Buffer> {
  const { download } = await import('../../dcos/download.ts')
  const { TryFailed } = await import('../../dcos/intake.ts')
  const safely: typeof send = async (at, sent) => {
    if (at.protocol !== 'https:' && !(isThisMachine(at) && isThisMachine(url)))
      throw new TryFailed(`it redirects to ${redactUrl(at)}, where anyone in between could change it`, false)
    const late = new TryFailed(`${at.host} did not respond within ${answer / 1000} s`, true)
    return within(answer, late, (deadline) =>
      send(at, { ...sent, signal: AbortSignal.any([sent.signal!, deadline]) }),
    )
  }
  const pieces: Buffer[] = []
  let bytes = 0
  const basket = {
    writeFile: async (piece: unknown) => {
      pieces.push(Buffer.from(piece as Uint8Array))
      bytes += pieces.at(-1)!.length
      if (bytes > MAX_READ_BYTES) throw tooLarge(redactUrl(url), MAX_READ_BYTES)
    },
  }
  try {
    await within(whole, new TryFailed(`it was not complete within ${whole / 1000} s`, true), (deadline) =>
      download(url, basket, redactUrl(url), {
        clock: realClock,
        signal: AbortSignal.any([signal, deadline]),
        send: safely,
      }),
    )
    return Buffer.concat(pieces)
  } catch (error) {
    throw error instanceof TryFailed ? new Unavailable(error.message) : error
  }
}

const isThisMachine = ({ hostname }: URL) => ['localhost', '127.0.0.1', '[::1]'].includes(hostname)

/** Runs something that is abandoned if it is not done in time. */
async function within<Value>(
  ms: number,
  late: Error,
  body: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const over = new AbortController()
  const deadline = new AbortController()
  realClock.sleep(ms, over.signal).then(
    () => deadline.abort(late),
    () => {},
  )
  try {
    return await body(deadline.signal)
  } finally {
    over.abort()
  }
}
