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

/** The capabilities that CreateStack must be told for this template. CAPABILITY_NAMED_IAM includes CAPABILITY_IAM. */
export function requiredCapabilities(template: Template): string[] {
  let iam = false
  let named = false
  // What a nested stack or a macro holds is not seen from here, so it is granted what it may need.
  const nested = Object.values(template.Resources).some(({ Type }) => Type === 'AWS::CloudFormation::Stack')
  for (const { Type, Properties } of Object.values(template.Resources)) {
    if (typeof Type !== 'string' || !Object.hasOwn(iamTypes, Type)) continue
    iam = true
    const name = iamTypes[Type]
    if (name && isGiven(Properties?.[name])) named = true
  }
  const capabilities: string[] = []
  if (named) capabilities.push('CAPABILITY_NAMED_IAM')
  else if (iam || nested) capabilities.push('CAPABILITY_IAM')
  if (nested || usesTransforms(template)) capabilities.push('CAPABILITY_AUTO_EXPAND')
  return capabilities
}

function isGiven(value: unknown): boolean {
  return value !== undefined && !(isObject(value) && value.Ref === 'AWS::NoValue')
}
