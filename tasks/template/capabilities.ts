import { isObject, type Template } from './parse.ts'
import { usesTransforms } from './references.ts'

/**
 * AWS: "Acknowledging IAM resources in CloudFormation templates". Beside each type is the property that gives it a name
 * of one's own, if it can have one.
 */
const iamTypes: Record<string, string | undefined> = {
  'AWS::IAM::AccessKey': undefined,
  'AWS::IAM::Group': 'GroupName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Policy': undefined,
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::User': 'UserName',
  'AWS::IAM::UserToGroupAddition': undefined,
}

/** What a template holds of IAM: the types, and whether any of them gets a name of its own. */
export function iamIn(template: Template): { types: string[]; named: boolean } {
  const resources = Object.values(template.Resources).filter(
    ({ Type }) => typeof Type === 'string' && Object.hasOwn(iamTypes, Type),
  )
  const named = resources.some(({ Properties, Type }) => isGiven(Properties?.[iamTypes[Type] ?? '']))
  return { types: [...new Set(resources.map(({ Type }) => Type))], named }
}

/** The capabilities that CreateStack must be given for this template. CAPABILITY_NAMED_IAM includes CAPABILITY_IAM. */
export function requiredCapabilities(template: Template): string[] {
  const { named, types } = iamIn(template)
  // What a nested stack or a macro holds is not seen from here, so it is granted what it may need.
  const nested = Object.values(template.Resources).some(({ Type }) => Type === 'AWS::CloudFormation::Stack')
  const capabilities: string[] = []
  if (named) capabilities.push('CAPABILITY_NAMED_IAM')
  else if (types.length > 0 || nested) capabilities.push('CAPABILITY_IAM')
  if (nested || usesTransforms(template)) capabilities.push('CAPABILITY_AUTO_EXPAND')
  return capabilities
}

function isGiven(value: unknown): boolean {
  return value !== undefined && !(isObject(value) && value.Ref === 'AWS::NoValue')
}
