import type { Site } from './build.ts'
import { STACK_TYPE } from './model.ts'
import { type Ground, removeAll } from './remove.ts'
import { type Incarnation, standing } from './timeline.ts'

/** The cleanup of an update that has succeeded. */
export function finishUpdate(site: Site, ground: Ground, at: number): void {
  const { model, recorder, nest } = site
  const current = new Set(model.sorted.map((id) => model.physicalId(id)))
  const there = standing(recorder.timeline)
  const obsolete = there.filter(({ physicalId }) => !current.has(physicalId))
  const nested = there.filter(({ type, physicalId }) => type === STACK_TYPE && current.has(physicalId))
  cleanUp(
    site,
    ground,
    obsolete,
    at,
    'UPDATE_COMPLETE',
    ({ resource, deletionPolicy, replacePolicy }) =>
      (model.resources.has(resource) ? replacePolicy : deletionPolicy)?.startsWith('Retain') ?? false,
    Math.max(at, ...nested.map(({ physicalId }) => nest.cleanUp(physicalId, at).endsAt)),
  )
}

/** The cleanup that ends an update or its rollback: removes what was replaced or is no longer in the template. */
export function cleanUp(
  { recorder, failing, model }: Site,
  ground: Ground,
  obsolete: Incarnation[],
  at: number,
  status: 'UPDATE_COMPLETE' | 'UPDATE_ROLLBACK_COMPLETE',
  keeps: (incarnation: Incarnation) => boolean,
  /** Something else to wait for. */
  notBefore = at,
): void {
  recorder.writeStack(at, `${status}_CLEANUP_IN_PROGRESS`)
  const { endsAt, failed } = removeAll(
    {
      recorder,
      ground,
      fault: (resource) => failing.find(resource, recorder.phase === 'rollback' ? 'rollback' : 'delete'),
      reason: (fault) => failing.reason(fault),
      keeps,
      leaves: 'failed',
      aside: ({ resource }) => model.resources.has(resource),
    },
    obsolete,
    at + recorder.span(0.5, 2, 'cleanup'),
  )
  const left = `${status === 'UPDATE_COMPLETE' ? 'Update' : 'Rollback'} successful. One or more resources could not be deleted.`
  const end = Math.max(endsAt, notBefore) + recorder.span(0.3, 1.5, 'cleaned')
  recorder.writeStack(end, status, failed.length > 0 ? left : undefined)
}
