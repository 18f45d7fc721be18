import { own } from '../../../base/own.ts'
import { AwsError, validation } from '../../wire/errors.ts'
import type { Call, Operation } from '../call.ts'
import {
  createChangeSet,
  deleteChangeSet,
  describeChangeSet,
  executeChangeSet,
  listChangeSets,
} from './changesets.ts'
import { deleteStack, protectStack } from './deletion.ts'
import { describeStackEvents } from './events.ts'
import { describeEvents } from './operation-events.ts'
import { createStack, updateStack } from './operations.ts'
import { describeStackResource, describeStackResources, listStackResources } from './resources.ts'
import { cancelUpdateStack, continueUpdateRollback, rollbackStack } from './rollback.ts'
import { signalResource } from './signals.ts'
import { describeStacks, listStacks } from './stacks.ts'
import { getTemplate, getTemplateSummary, validateTemplate } from './templates.ts'

export const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/'

const operations: Record<string, Operation> = {
  CancelUpdateStack: cancelUpdateStack,
  ContinueUpdateRollback: continueUpdateRollback,
  CreateChangeSet: createChangeSet,
  CreateStack: createStack,
  DeleteChangeSet: deleteChangeSet,
  DeleteStack: deleteStack,
  DescribeChangeSet: describeChangeSet,
  DescribeEvents: describeEvents,
  DescribeStackEvents: describeStackEvents,
  DescribeStackResource: describeStackResource,
  DescribeStackResources: describeStackResources,
  DescribeStacks: describeStacks,
  ExecuteChangeSet: executeChangeSet,
  GetTemplate: getTemplate,
  GetTemplateSummary: getTemplateSummary,
  ListChangeSets: listChangeSets,
  ListStackResources: listStackResources,
  ListStacks: listStacks,
  RollbackStack: rollbackStack,
  SignalResource: signalResource,
  UpdateStack: updateStack,
  UpdateTerminationProtection: protectStack,
  ValidateTemplate: validateTemplate,
}

export function cloudFormation(action: string, call: Call): ReturnType<Operation> {
  const operation = own(operations, action)
  if (!operation)
    throw new AwsError('InvalidAction', `Could not find operation ${action} for version 2010-05-15`)
  const name = call.fields.StackName
  if (typeof name === 'string') judgeName(name, action)
  return operation(call)
}

/** A name, or a stack's id (AWS: "CreateStack, StackName"). */
function judgeName(name: string, action: string): void {
  const pattern = '[a-zA-Z][-a-zA-Z0-9]*'
  if (name.startsWith('arn:') && action !== 'CreateStack') return
  if (!new RegExp(`^${pattern}$`).test(name)) {
    throw validation(
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}${action === 'CreateStack' ? '' : '|arn:[-a-zA-Z0-9:/._+]*'}`,
    )
  }
  if (name.length > 128) {
    throw validation(
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must have length less than or equal to 128`,
    )
  }
}
