import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { loadConfig } from '../../../config/load.ts'
import { Aws } from '../../../tasks/aws/clients.ts'
import { realClock } from '../../../tasks/base/clock.ts'
import { Survey } from '../../../tasks/cluster/checks/survey.ts'
import type { Use } from '../../../tasks/cluster/context.ts'
import { openRehearsal } from '../../../tasks/rehearsal/index.ts'

export const root = process.cwd()

/** What is answered in place of the rehearsal: a body, or a status with one. */
export type Answer = string | { status: number; body: string; headers?: Record<string, string> }

export interface Examined {
  survey: Survey
  /** The calls that were made, in order, as `region Operation`. */
  calls: string[]
  logged: string[]
  close(): void
}

/**
 * What the doctor looks at, with AWS in the place of the rehearsal: the config of these words, and a rehearsed account
 * in which some operations (`Operation`, or `region Operation`) answer something else.
 */
export async function examined(words: string[], answers: Record<string, Answer> = {}): Promise<Examined> {
  const folder = mkdtempSync(path.join(tmpdir(), 'doctor-'))
  const overrides = ['cloud=aws', 'cli.url=built-in', ...words].map((word) => {
    const [key = '', value = ''] = word.split(/=(.*)/s)
    return { key, value }
  })
  const { config } = await loadConfig({ root, cwd: root, overrides, environment: {}, file: undefined })
  const { requestHandler } = openRehearsal({ folder, speed: 10_000, seed: 1, fail: [] })
  const calls: string[] = []
  const logged: string[] = []
  const handler = {
    ...requestHandler,
    handle: async (request: Parameters<typeof requestHandler.handle>[0]) => {
      const operation = operationOf(request.headers, String(request.body ?? ''))
      const region = /\/([a-z0-9-]+)\/\w+\/aws4_request/.exec(request.headers.authorization ?? '')?.[1]
      calls.push(`${region} ${operation}`)
      const answer = answers[`${region} ${operation}`] ?? answers[operation]
      if (answer === undefined) return requestHandler.handle(request)
      const {
        body,
        headers = {},
        status,
      } = typeof answer === 'string' ? { body: answer, status: 200 } : { headers: {}, ...answer }
      return { response: { statusCode: status, headers, body: Buffer.from(body) } }
    },
  }
  const { endpoint, profile } = config.aws
  const aws = new Aws({ region: config.region, profile, endpoint, handler, count: () => {} })
  const use = {
    config,
    aws,
    cloud: { costsMoney: true, onThisMachine: false },
    clock: realClock,
    folders: {
      root,
      home: folder,
      state: folder,
      cluster: folder,
      cli: folder,
      rehearsal: folder,
      cache: folder,
    },
    entry: { kind: 'command', name: 'doctor' },
    environment: {},
    signal: new AbortController().signal,
    log: (message: string) => logged.push(message),
  } as unknown as Use
  return {
    survey: new Survey(use),
    calls,
    logged,
    close: () => {
      aws.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function operationOf(headers: Record<string, string>, body: string): string {
  const target = headers['x-amz-target']
  return target?.split('.').at(-1) ?? new URLSearchParams(body).get('Action') ?? ''
}

/** An error as EC2 words it. */
export function ec2Error(code: string, message: string, status = 400): Answer {
  return {
    status,
    body: `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>1</RequestID></Response>`,
  }
}

/** EC2's answer with a list, `items` being the content of its `item` elements. */
export function ec2List(operation: string, list: string, items: string[]): Answer {
  const content = items.map((item) => `<item>${item}</item>`).join('')
  return `<${operation}Response><requestId>1</requestId><${list}>${content}</${list}></${operation}Response>`
}
