import { validation } from '../../wire/errors.ts'
import { text } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { findStack } from './find.ts'

export function signalResource(call: Call): Xml {
  const { cloud, fields } = call
  const found = findStack(call)
  const { id, parent } = found
  const resource = text(fields, 'LogicalResourceId') ?? ''
  const unique = text(fields, 'UniqueId') ?? ''
  const signalled = text(fields, 'Status') === 'FAILURE' ? 'FAILURE' : 'SUCCESS'
  cloud.log.commit((world, now) => {
    const record = cloud.stack(world, call.region, id, now) ?? found
    const status = cloud.status(world, record, now)
    if (!/^(CREATE|UPDATE)_IN_PROGRESS$/.test(status)) {
      throw validation(`Stack ${id} is in ${status} state and cannot be signaled`)
    }
    if (
      !cloud.timeline(world, record).events.some((event) => event.resource === resource && event.at <= now)
    ) {
      throw validation(`Resource ${resource} does not exist for stack ${record.name}`)
    }
    return {
      change: {
        type: 'SignalResource',
        stack: parent?.root ?? id,
        ...(parent ? { nested: id } : {}),
        resource,
        unique,
        status: signalled,
      },
      answer: undefined,
    }
  })
  return {}
}
