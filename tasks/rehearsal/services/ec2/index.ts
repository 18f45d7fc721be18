import { own } from '../../../base/own.ts'
import { AwsError } from '../../wire/errors.ts'
import { flag, structures, tagsOf, text, texts } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call, Operation } from '../call.ts'
import { describeInstanceTypeOfferings, describeInstanceTypes } from './instance-types.ts'
import { describeInstanceAttribute, describeInstances, getConsoleOutput } from './instances.ts'
import { createNetworkInterface, deleteNetworkInterface, describeNetworkInterfaces } from './interfaces.ts'
import { deleteKeyPair, describeKeyPairs, importKeyPair } from './keypairs.ts'
import { describeAvailabilityZones, describeImages, describeRegions } from './places.ts'
import { createSecurityGroup, deleteSecurityGroup, describeSecurityGroups } from './security-groups.ts'
import { createVolume, deleteVolume, describeVolumes } from './volumes.ts'

export const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/'

const operations: Record<string, Operation> = {
  CreateNetworkInterface: createNetworkInterface,
  CreateSecurityGroup: createSecurityGroup,
  CreateTags: createTags,
  CreateVolume: createVolume,
  DeleteKeyPair: deleteKeyPair,
  DeleteNetworkInterface: deleteNetworkInterface,
  DeleteSecurityGroup: deleteSecurityGroup,
  DeleteTags: deleteTags,
  DeleteVolume: deleteVolume,
  DescribeAvailabilityZones: describeAvailabilityZones,
  DescribeImages: describeImages,
  DescribeInstanceAttribute: describeInstanceAttribute,
  DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeInstances: describeInstances,
  DescribeKeyPairs: describeKeyPairs,
  DescribeNetworkInterfaces: describeNetworkInterfaces,
  DescribeRegions: describeRegions,
  DescribeSecurityGroups: describeSecurityGroups,
  DescribeVolumes: describeVolumes,
  GetConsoleOutput: getConsoleOutput,
  ImportKeyPair: importKeyPair,
}

export function ec2(action: string, call: Call): ReturnType<Operation> {
  const operation = own(operations, action)
  if (!operation)
    throw new AwsError('InvalidAction', `The action ${action} is not valid for this web service.`)
  if (flag(call.fields, 'DryRun')) {
    throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412)
  }
  return operation(call)
}

function createTags(call: Call): Xml {
  const set = tagsOf(structures(call.fields, 'Tag'))
  const reserved = Object.keys(set).find((key) => key.startsWith('aws:'))
  if (reserved) {
    throw new AwsError('InvalidParameterValue', `Tag keys starting with 'aws:' are reserved for internal use`)
  }
  return tag(call, set, [])
}

function deleteTags(call: Call): Xml {
  return tag(
    call,
    {},
    structures(call.fields, 'Tag').map((one) => text(one, 'Key') ?? ''),
  )
}

function tag({ cloud, fields, region }: Call, set: Record<string, string>, remove: string[]): Xml {
  cloud.log.commit((world) => {
    const resources = texts(fields, 'ResourceId')
    for (const id of resources.filter((one) => one.startsWith('key-') && !world.keyPairs.has(one))) {
      throw new AwsError('InvalidKeyPair.NotFound', `The key pair ID '${id}' does not exist`)
    }
    return { change: { type: 'TagResources', region, resources, set, remove }, answer: undefined }
  })
  return { return: true }
}
