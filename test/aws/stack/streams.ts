import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import type { StackEvent } from '../../../tasks/aws/stack/events.ts'

const folder = path.join('test', 'aws', 'stack', 'streams')
const STACK = 'AWS::CloudFormation::Stack'
/** The second 0 of every stream. */
const START = Date.UTC(2026, 0, 5, 12)

/** The expected diagnosis of a stream. */
export interface Expected {
  path: string
  type: string
  during: string
  known?: string
  reason: string
  also?: string[]
  /** Words of the advice. */
  advice: string[]
  afterwards?: Omit<Expected, 'type' | 'afterwards'>
}

export interface Stream {
  name: string
  what: string
  stack: { arn: string; name: string; status: string }
  /** Events per page. */
  page: number
  /** By ARN, oldest first. */
  histories: Map<string, StackEvent[]>
  expect: Expected
}

type Row = [number, string, ...(string | number | null)[]]

interface Written {
  what: string
  stack: { name: string; status: string }
  page?: number
  events: Row[]
  nested?: Record<string, Row[]>
  expect: Expected
}

export function arnOf(name: string): string {
  const id = createHash('sha256').update(name).digest('hex')
  return `arn:aws:cloudformation:eu-west-1:123456789012:stack/${name}/${id.slice(0, 8)}-5f44-11ee-8819-${id.slice(8, 20)}`
}

/** Every recorded stream; the sources of the wording are in the files. */
export function writtenStreams(): Stream[] {
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const written = parse(readFileSync(path.join(folder, file), 'utf8')) as Written
      const { events, expect, nested = {}, page = 100, stack, what } = written
      const histories = new Map(
        Object.entries({ [stack.name]: events, ...nested }).map(([name, rows]) => [
          arnOf(name),
          rows.flatMap((row, index) => read(name, row, index)),
        ]),
      )
      return {
        name: path.basename(file, '.yaml'),
        what,
        stack: { ...stack, arn: arnOf(stack.name) },
        page,
        histories,
        expect,
      }
    })
}

/** A row is second, logical id, type, status, reason, physical id; `@` is the stack itself, without a type; `{name}` is a nested stack's ARN. */
function read(stack: string, [second, id, ...rest]: Row, index: number): StackEvent[] {
  if (id === 'cancelled') {
    return Array.from({ length: Number(rest[0]) }, (_, sibling) =>
      cancelled(START + second * 1000, `Sibling${index}x${sibling}`),
    )
  }
  const [type, status, reason, physical] = id === '@' ? [STACK, ...rest] : rest
  const expand = (text: unknown) => String(text ?? '').replace(/\{([^{}]+)\}/g, (_, name) => arnOf(name))
  return [
    {
      id: `${stack}-${index}`,
      at: new Date(START + second * 1000),
      logicalId: id === '@' ? stack : id,
      physicalId: id === '@' ? arnOf(stack) : expand(physical),
      type: String(type),
      status: String(status),
      reason: expand(reason),
      root: id === '@',
    },
  ]
}

export function cancelled(at: number, logicalId: string): StackEvent {
  return {
    id: `${logicalId}-cancelled`,
    at: new Date(at),
    logicalId,
    physicalId: '',
    type: 'AWS::EC2::RouteTable',
    status: 'CREATE_FAILED',
    reason: 'Resource creation cancelled',
    root: false,
  }
}
