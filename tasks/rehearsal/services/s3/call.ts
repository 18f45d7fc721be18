import type { Cloud } from '../../cloud.ts'
import type { World } from '../../state/world.ts'
import type { WireRequest, WireResponse } from '../../wire/request.ts'

/** One S3 call: its operation, its bucket and object, and the state at this moment. */
export interface S3Call {
  cloud: Cloud
  world: World
  now: number
  region: string
  request: WireRequest
  bucket: string
  key: string
}

export type S3Operation = (call: S3Call) => Partial<WireResponse> | Promise<Partial<WireResponse>>
