import type { Cloud } from '../cloud.ts'
import type { World } from '../state/world.ts'
import type { Fields } from '../wire/query.ts'
import type { Xml } from '../wire/xml.ts'

/** One call of a query service: its parameters, its region, and the state at this moment. */
export interface Call {
  cloud: Cloud
  world: World
  /** Milliseconds since the epoch. */
  now: number
  region: string
  accessKeyId: string
  fields: Fields
}

/** Returns the content of the result; throws AwsError. */
export type Operation = (call: Call) => Xml | Promise<Xml>

/** One call of a service that speaks AWS JSON 1.1. */
export interface JsonCall extends Pick<Call, 'cloud' | 'world' | 'now' | 'region'> {
  seed: number
  input: Record<string, unknown>
}
