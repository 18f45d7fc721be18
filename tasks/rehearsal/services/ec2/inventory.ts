import type { Incarnation, Machine } from '../../stack/timeline.ts'
import type { LooseResource } from '../../state/entries.ts'
import type { StackRecord } from '../../state/world.ts'
import { AwsError } from '../../wire/errors.ts'
import { text } from '../../wire/query.ts'
import type { Call } from '../call.ts'

/** A physical resource of a stack that exists, whether it still belongs to the stack or was retained. */
export interface Stacked {
  record: StackRecord
  incarnation: Incarnation
  tags: Record<string, string>
}

/** The stacks' resources of a type. */
export function stacked(
  { cloud, world, region, now }: Pick<Call, 'cloud' | 'world' | 'region' | 'now'>,
  type: string,
): Stacked[] {
  const found: Stacked[] = []
  for (const record of cloud.records(world)) {
    if (record.region !== region) continue
    for (const incarnation of cloud.timeline(world, record).incarnations) {
      if (incarnation.type !== type || incarnation.from > now) continue
      if (incarnation.until !== undefined && incarnation.until <= now) continue
      const { Tags = [] } = incarnation.properties as { Tags?: { Key?: unknown; Value?: unknown }[] }
      const own = Object.fromEntries(Tags.map(({ Key, Value }) => [String(Key), String(Value)]))
      const tags = {
        ...cloud.specification(world, record, now)?.tags,
        ...own,
        'aws:cloudformation:stack-name': record.name,
        'aws:cloudformation:stack-id': record.id,
        'aws:cloudformation:logical-id': incarnation.resource,
        ...world.tags.get(incarnation.physicalId),
      }
      found.push({ record, incarnation, tags })
    }
  }
  return found
}

/** What was created outside of stacks. */
export function loose(
  { world, region }: Pick<Call, 'world' | 'region'>,
  kind: LooseResource['kind'],
): LooseResource[] {
  const found: LooseResource[] = []
  for (const { resource, until } of world.loose.values()) {
    if (resource.kind !== kind || resource.region !== region || until !== undefined) continue
    found.push({ ...resource, tags: world.tags.get(resource.id) ?? resource.tags })
  }
  return found
}

/** Running instances. */
export function running({ cloud, world, region, now }: Call): { machine: Machine; record: StackRecord }[] {
  const found: { machine: Machine; record: StackRecord }[] = []
  for (const record of cloud.records(world)) {
    if (record.region !== region) continue
    for (const machine of cloud.timeline(world, record).machines) {
      const gone = machine.terminatedAt !== undefined && machine.terminatedAt <= now
      if (machine.launchedAt <= now && !gone) found.push({ machine, record })
    }
  }
  return found
}

/** Removes something that was created outside of stacks. */
export function discard(call: Call, id: string): void {
  call.cloud.log.commit(() => ({ change: { type: 'DeleteResource', id }, answer: undefined }))
}

/** Refuses a call that names something that does not exist. */
export function judgeIds(
  wanted: readonly string[],
  all: readonly { id: string }[],
  code: string,
  words: (id: string) => string,
): void {
  const missing = wanted.find((id) => !all.some((one) => one.id === id))
  if (missing !== undefined) throw new AwsError(code, words(missing))
}

export function required({ fields }: Call, name: string): string {
  const value = text(fields, name)
  if (!value) throw new AwsError('MissingParameter', `The request must contain the parameter ${name}`)
  return value
}
