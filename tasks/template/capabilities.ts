import { isObject, type Template } from './parse.ts'
import { usesTransforms } from './references.ts'

/**
 * AWS: "Acknowledging IAM resources in CloudFormation templates". For each type the property that gives it a custom name,
 * if any.
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

/** The IAM types in a template, and whether any of their resources has a custom name. */
export function iamIn(template: Template): { types: string[]; named: boolean } {
  const resources = Object.values(template.Resources).filter(
    ({ Type }) => typeof Type === 'string' && Object.hasOwn(iamTypes, Type),
  )
  const named = resources.some(({ Properties, Type }) => isGiven(Properties?.[iamTypes[Type] ?? '']))
  return { types: [...new Set(resources.map(({ Type }) => Type))], named }
}

/** The capabilities that CreateStack needs for this template. CAPABILITY_NAMED_IAM includes CAPABILITY_IAM. */
export function requiredCapabilities(template: Template): string[] {
  const { named, types } = iamIn(template)
  // The content of a nested stack or a macro is unknown here, so it is granted what it may need.
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
