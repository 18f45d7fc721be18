import { type Introduction, introduce } from '../../aws/identity.ts'
import { findImages, type Image, ssmValues } from '../../aws/images.ts'
import { findInstanceTypes, type InstanceType } from '../../aws/instance-types.ts'
import { once } from '../../base/once.ts'
import { type Machines, machinesOf } from '../../template/machines.ts'
import type { Use } from '../context.ts'
import { findImage } from '../plan/find.ts'
import { judgeStack } from '../plan/judge.ts'
import type { StackPlan } from '../plan/plan.ts'
import { validate } from './validated.ts'
import { Depends } from './verdict.ts'

/** Data that several checks share, each fetched once, when first needed. */
export class Survey {
  readonly use: Use
  /** What was logged while the template was read: part of the check's message. */
  readonly remarks: string[] = []

  constructor(use: Use) {
    this.use = { ...use, log: (message) => this.remarks.push(message) }
  }

  /** The validated template and its parameters; throws all problems. */
  readonly judged = once((): Promise<StackPlan> => judgeStack(this.use))

  /** The same for checks that depend on them. */
  readonly plan = once(async (): Promise<StackPlan> => {
    try {
      return await this.judged()
    } catch {
      throw new Depends('the template and its parameters must be valid first')
    }
  })

  /** CloudFormation's own validation: the capabilities that it requires for the template. */
  readonly validated = once(async () => validate(this.use.aws, await this.plan()))

  readonly introduction = once((): Promise<Introduction> => introduce(this.use.aws))

  /** The instances that the stack will have, with SSM parameters resolved to images. */
  readonly machines = once(async (): Promise<Machines[]> => {
    const { all, automatic, loaded } = await this.plan()
    const { template } = loaded
    const { aws } = this.use
    const image = Object.keys(automatic).find((name) => automatic[name] === 'image')
    // The check of images reports why there is none.
    const found = image && (await this.image().catch(() => undefined))
    const parameters: Record<string, string> = {
      ...all,
      ...(found ? { [image]: found.id } : {}),
      'AWS::Region': aws.region,
      'AWS::StackName': this.use.config.cluster.name,
    }
    // The value of such a parameter is the name of an SSM parameter, whose value the template gets.
    const indirect = Object.entries(template.Parameters ?? {})
      .filter(([, { Type }]) => Type.startsWith('AWS::SSM::Parameter::Value<'))
      .map(([name]) => name)
    for (const name of indirect) parameters[name] = `resolve:ssm:${parameters[name]}`
    const machines = machinesOf(template, parameters)
    const names = [...new Set(machines.flatMap(({ image, instanceType }) => [image, instanceType]))]
      .map(ssmName)
      .filter((name) => name !== undefined)
    const values = names.length > 0 ? await ssmValues(aws, names) : new Map<string, string>()
    const resolved = (text: string | undefined) => {
      const name = ssmName(text)
      return name === undefined ? text : (values.get(name) ?? text)
    }
    return machines.map((one) => ({
      ...one,
      image: resolved(one.image),
      instanceType: resolved(one.instanceType),
    }))
  })

  /** The image that the config names, or that is looked up. */
  readonly image = once((): Promise<Image> => findImage(this.use))

  readonly images = once(async (): Promise<Image[]> => {
    const ids = distinct((await this.machines()).map(({ image }) => image))
    const { automatic } = await this.plan()
    const found = Object.values(automatic).includes('image')
      ? await this.image().catch(() => undefined)
      : undefined
    // An emulator's image is known only by its id.
    const known = found?.state && ids.includes(found.id) ? [found] : []
    const others = ids.filter((id) => ssmName(id) === undefined && id !== known[0]?.id)
    return [...known, ...(others.length > 0 ? await findImages(this.use.aws, others) : [])]
  })

  readonly instanceTypes = once(
    async (): Promise<InstanceType[]> =>
      findInstanceTypes(
        this.use.aws,
        distinct((await this.machines()).map(({ instanceType }) => instanceType)),
      ),
  )
}

/** The name in `resolve:ssm:NAME`, as EC2 and CloudFormation (in double braces) accept it; undefined for anything else. */
export function ssmName(text: string | undefined): string | undefined {
  return /^(?:\{\{)?resolve:ssm:(.+?)(?:\}\})?$/.exec(text ?? '')?.[1]
}

export function distinct(values: (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))].sort()
}

/** The logical ids, for a sentence. */
export function listed(machines: Machines[]): string {
  return machines.map(({ logicalId }) => logicalId).join(', ')
}
