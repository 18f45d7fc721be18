import { validation } from '../../wire/errors.ts'
import { flag, text, texts } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { execution } from './execution.ts'
import { exportInUse } from './exports.ts'
import { findRoot, isProtected } from './find.ts'

export function deleteStack(call: Call): Xml {
  const { cloud, fields, region } = call
  const name = text(fields, 'StackName') ?? ''
  const retain = texts(fields, 'RetainResources')
  const force = text(fields, 'DeletionMode') === 'FORCE_DELETE_STACK'
  cloud.log.commit((world, now) => {
    if (!cloud.stack(world, region, name, now)) return { answer: undefined }
    const record = findRoot({ ...call, world, now })
    const status = cloud.status(world, record, now)
    if (status === 'DELETE_COMPLETE' || status === 'DELETE_IN_PROGRESS') return { answer: undefined }
    if (isProtected(record)) {
      throw validation(`Stack [${record.name}] cannot be deleted while TerminationProtection is enabled`)
    }
    if (/^UPDATE_.*IN_PROGRESS$/.test(status)) {
      throw validation(`Stack [${record.id}] cannot be deleted while in status ${status}`)
    }
    if (status !== 'DELETE_FAILED' && (retain.length > 0 || force)) {
      throw validation(
        retain.length > 0
          ? `Invalid operation on stack [${record.id}]. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state.`
          : `Invalid operation on stack [${record.id}]. You can activate DeletionMode FORCE_DELETE_STACK in a delete stack operation only when the stack is in the DELETE_FAILED state.`,
      )
    }
    const used = exportInUse({ ...call, world, now }, record)
    if (used) throw validation(used)
    const standing = new Set(cloud.resources(world, record, now).map(({ resource }) => resource))
    if (retain.some((resource) => !standing.has(resource))) {
      throw validation(
        'The specified resources to retain must be in a valid state. Do not specify resources that are in the DELETE_COMPLETE state.',
      )
    }
    return {
      change: { ...execution(call), type: 'DeleteStack', stack: record.id, retain, force },
      answer: undefined,
    }
  })
  return {}
}

export function protectStack(call: Call): Xml {
  const protection = flag(call.fields, 'EnableTerminationProtection') ?? false
  const { id } = findRoot(call, (name) => `Stack [${name}] does not exist`)
  call.cloud.log.commit(() => ({
    change: { type: 'ProtectStack', stack: id, protection },
    answer: undefined,
  }))
  return { StackId: id }
}
