import { holdsKey } from '../../../template/references.ts'
import { latest } from '../../stack/timeline.ts'
import type { StackRecord } from '../../state/world.ts'
import type { Call } from '../call.ts'

interface Exported {
  name: string
  value: string
  stack: StackRecord
}

/** The exports of the region's existing stacks, for other stacks (AWS: "Get exported outputs from a deployed stack"). */
export function exportsOf({ cloud, now, region, world }: Call): Exported[] {
  return cloud
    .records(world)
    .filter((record) => record.region === region && cloud.status(world, record, now) !== 'DELETE_COMPLETE')
    .flatMap((stack) =>
      (latest(cloud.timeline(world, stack).outputs, now)?.outputs ?? []).flatMap(({ exportName, value }) =>
        exportName === undefined ? [] : [{ name: exportName, value, stack }],
      ),
    )
}

/** Why a stack cannot be deleted: another stack imports its exports. */
export function exportInUse(call: Call, record: StackRecord): string | undefined {
  const { cloud, now, world } = call
  const names = exportsOf(call)
    .filter(({ stack }) => stack === record)
    .map(({ name }) => name)
  if (names.length === 0) return undefined
  for (const other of cloud.records(world)) {
    if (other === record || cloud.status(world, other, now) === 'DELETE_COMPLETE') continue
    const specification = cloud.specification(world, other, now)
    if (
      !specification ||
      !holdsKey(cloud.template(specification.template), (key) => key === 'Fn::ImportValue')
    )
      continue
    const name = names.find((one) => Object.hasOwn(specification.imports ?? {}, one))
    if (name) return `Export ${name} cannot be deleted as it is in use by ${other.name}`
  }
  return undefined
}
