import { launchConfigurations } from '../../template/machines.ts'
import type { Survey } from './survey.ts'
import { done, fail, type Verdict, verdictOf, warn } from './verdict.ts'

/** Whether the template can be read, and is valid with these parameters: by our own checks, then by CloudFormation's. */
export async function template(survey: Survey): Promise<Verdict> {
  const { aws } = survey.use
  const { all, loaded } = await survey.judged()
  const remarks = survey.remarks.join('; ')
  const text = `${loaded.source} has ${Object.keys(loaded.template.Resources).length} resources and is valid with ${Object.keys(all).length} parameters`
  try {
    await survey.validated()
  } catch (error) {
    if ((error as Error).name !== 'ValidationError') {
      const found = verdictOf(error)
      // The identity check reports missing credentials.
      if (found.state === 'warn' && found.code?.startsWith('CREDENTIALS_'))
        return done(`${text}, by our own checks; CloudFormation was not asked`)
      const next = found.state === 'done' ? null : found.next
      return warn(
        `${text}, by our own checks; with CloudFormation it ${found.state === 'skipped' ? 'could not be checked: ' : ''}${found.message}`,
        next,
      )
    }
    const said = (error as Error).message
    // An emulator validates in its own way, mostly with a linter.
    if (aws.options.endpoint) return warn(`${text}; this endpoint reports: ${said}`)
    return fail('TEMPLATE_INVALID', `CloudFormation refuses ${loaded.source}`, 'fix the template', said)
  }
  return remarks === '' ? done(text) : warn(`${text}; ${remarks}`)
}

/** The capabilities that CreateStack must be given for the template. */
export async function capabilities(survey: Survey): Promise<Verdict> {
  const { capabilities: granted } = await survey.plan()
  let asked: string[] = []
  try {
    asked = await survey.validated()
  } catch {
    // The template's check reports if CloudFormation cannot be asked.
  }
  const covered = (name: string) =>
    granted.includes(name) || (name === 'CAPABILITY_IAM' && granted.includes('CAPABILITY_NAMED_IAM'))
  const missing = asked.filter((name) => !covered(name))
  if (missing.length > 0)
    return warn(
      `CloudFormation requires ${missing.join(', ')}, which would not be granted`,
      'report this: it is a bug in dcos-bootstrap',
    )
  if (granted.length === 0) return done('the template needs none')
  const iam = granted.some((name) => name.endsWith('_IAM'))
  const macros = granted.includes('CAPABILITY_AUTO_EXPAND')
  const needs = [
    ...(iam ? ['you need the permission to create IAM roles'] : []),
    ...(macros ? ['macros, transforms or nested stacks of the template are expanded by CloudFormation'] : []),
  ]
  return done(`${granted.join(', ')}: ${needs.join('; ')}`)
}

/** Accounts that were opened since October 2024 have no launch configurations (EC2 Auto Scaling User Guide, "Auto Scaling launch configurations"). */
export async function launchConfigurationsAllowed(survey: Survey): Promise<Verdict> {
  const { all, loaded } = await survey.plan()
  const made = launchConfigurations(loaded.template, all)
  if (made.length === 0) return done('the template creates none')
  return warn(
    `the template creates ${made.join(', ')}, which accounts opened since October 2024 cannot; only an attempt shows whether yours can`,
    'if it fails, use a template of your own with launch templates (template=PATH)',
  )
}
