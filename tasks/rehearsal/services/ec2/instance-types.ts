import { zonesOf } from '../../stack/attributes.ts'
import { AwsError } from '../../wire/errors.ts'
import { structures, text, texts } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'

const GIB = 1024

/** What EC2 returns about a type, as far as its name reveals it (AWS: "Instance type naming conventions"). */
export interface InstanceType {
  name: string
  vCpus: number
  architecture: 'x86_64' | 'arm64'
  memoryMib: number
}

/** Parses a name of the form family, generation, attributes, size: m5.large, c7gn.16xlarge, m7i.metal-24xl. */
export function readInstanceType(name: string): InstanceType | undefined {
  const parts =
    /^([a-z]+)(\d+)([a-z0-9-]*)\.(nano|micro|small|medium|large|(\d*)xlarge|metal(?:-(\d+)xl)?)$/.exec(name)
  if (!parts) return undefined
  const [, family = '', generation = '', attributes = '', size = '', times, metal] = parts
  const vCpus = cpusOf(family, Number(generation), size, times, metal)
  // Graviton types carry a g among their attributes; a1 was the first of them.
  const arm = family === 'a' || attributes.includes('g')
  return { name, vCpus, architecture: arm ? 'arm64' : 'x86_64', memoryMib: vCpus * 4 * GIB }
}

/** Two for `large`, doubled with every larger size; below it, burstable types have two as well and others one. */
function cpusOf(
  family: string,
  generation: number,
  size: string,
  times: string | undefined,
  metal: string | undefined,
): number {
  if (times !== undefined) return 4 * Number(times || 1)
  if (metal !== undefined) return 4 * Number(metal)
  if (size === 'metal') return 96
  if (size === 'large') return 2
  if (family !== 't') return 1
  return generation >= 3 || size === 'medium' ? 2 : 1
}

export function describeInstanceTypes({ fields }: Call): Xml {
  const wanted = texts(fields, 'InstanceType')
  const known = (wanted.length > 0 ? wanted : common).map((name) => readInstanceType(name) ?? name)
  const unknown = known.filter((one) => typeof one === 'string')
  if (unknown.length > 0) {
    throw new AwsError(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
    )
  }
  return {
    instanceTypeSet: (known as InstanceType[]).map(({ name, vCpus, architecture, memoryMib }) => ({
      instanceType: name,
      currentGeneration: true,
      bareMetal: name.includes('.metal'),
      processorInfo: { supportedArchitectures: [architecture] },
      vCpuInfo: { defaultVCpus: vCpus, defaultCores: Math.max(1, vCpus / 2), defaultThreadsPerCore: 2 },
      memoryInfo: { sizeInMiB: memoryMib },
    })),
  }
}

/** Every type with a well-formed name is offered everywhere. */
export function describeInstanceTypeOfferings({ fields, region }: Call): Xml {
  const kind = text(fields, 'LocationType') ?? 'region'
  const filter = structures(fields, 'Filter').find((one) => text(one, 'Name') === 'instance-type')
  const types = (filter ? texts(filter, 'Value') : common).filter((type) => readInstanceType(type))
  const places = kind === 'region' ? [region] : zonesOf(region)
  return {
    instanceTypeOfferingSet: types.flatMap((instanceType) =>
      places.map((location) => ({ instanceType, locationType: kind, location })),
    ),
  }
}

/** What is returned when no type is requested by name. */
const common = ['m5.large', 'm5.xlarge', 'm5.2xlarge', 't3.medium']
