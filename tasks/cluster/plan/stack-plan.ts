import { type Config, defaults } from '../../../config/schema.ts'
import { Failure } from '../../base/failure.ts'
import { requiredCapabilities } from '../../template/capabilities.ts'
import { masterCount } from '../../template/groups.ts'
import { declares, resolveParameters, unfinished, unmetNeeds } from '../../template/parameters.ts'
import type { Template } from '../../template/parse.ts'
import { brokenRules } from '../../template/rules.ts'
import { validateTemplate } from '../../template/validate.ts'
import type { StackPlan } from './plan.ts'
import { type Reading, readTemplate } from './template.ts'

/** Templates of the DC/OS family call the same thing by different names. The first that a template declares is used. */
const names = {
  adminLocation: ['AdminLocation'],
  oauth: ['OAuthEnabled'],
  masters: ['MasterInstanceCount'],
  privateAgents: ['SlaveInstanceCount', 'PrivateAgentInstanceCount'],
  publicAgents: ['PublicSlaveInstanceCount', 'PublicAgentInstanceCount'],
  instanceType: ['DefaultInstanceType'],
  keyName: ['KeyName'],
} as const

/** The parameter a template uses for one of our settings; undefined when it has none for it. */
export function parameterFor(
  setting: keyof typeof names,
  declared: (name: string) => boolean,
): string | undefined {
  return names[setting].find(declared)
}

/** Reads the template and settles its parameters. Throws TEMPLATE_…, PARAMETER_INVALID. */
export async function readPlan(use: Reading): Promise<StackPlan> {
  const { config } = use
  const loaded = await readTemplate(use)
  const { template } = loaded
  validateTemplate(template, loaded)
  refuseWithoutAddress(config, template, loaded.source)
  const { given, automatic } = parametersOf(config, template)
  // The placeholder has the form of an address, so that everything but its value is judged here.
  const placeholders = Object.fromEntries(automatic.map((name) => [name, '127.0.0.1/32']))
  const { all } = resolveParameters(template, { ...placeholders, ...given }, loaded.source)
  refuseBrokenRules(template, all, loaded.source)
  for (const name of automatic) delete all[name]
  if (use.cloud.costsMoney) refuseWhatCannotComeUp(template, all, loaded.source)
  return { loaded, capabilities: requiredCapabilities(template), given, all, automatic }
}

function refuseBrokenRules(template: Template, all: Record<string, string>, source: string): void {
  const [rule] = brokenRules(template, all)
  if (!rule) return
  throw new Failure('PARAMETER_INVALID', {
    message: `the parameters do not meet the rule ${rule.name} of ${source}`,
    cause: rule.description ?? 'one of its assertions is false',
    next: 'set the parameters that the rule speaks of, under parameters in the config',
  })
}

/** The parameters to send when the automatic ones have been found out. */
export function settle(
  plan: StackPlan,
  found: Record<string, string>,
): { ParameterKey: string; ParameterValue: string }[] {
  return resolveParameters(plan.loaded.template, { ...plan.given, ...found }, plan.loaded.source).send
}

function parametersOf(
  config: Config,
  template: Template,
): { given: Record<string, string>; automatic: string[] } {
  const declared = (name: string) => declares(template, name)
  const given: Record<string, string> = {}
  const automatic: string[] = []
  const { access, agents, cluster } = config
  const settings: [key: string, setting: keyof typeof names, value: unknown, standard: unknown][] = [
    // Every template has the key pair by its own name.
    ['cluster.name', 'keyName', cluster.name, cluster.name],
    ['agents.private', 'privateAgents', agents.private, defaults.agents.private],
    ['agents.public', 'publicAgents', agents.public, defaults.agents.public],
    ['agents.instanceType', 'instanceType', agents.instanceType, defaults.agents.instanceType],
    ['access.oauth', 'oauth', access.oauth, defaults.access.oauth],
    ['access.adminLocation', 'adminLocation', access.adminLocation, defaults.access.adminLocation],
    ['cluster.masters', 'masters', cluster.masters, defaults.cluster.masters],
  ]
  for (const [key, setting, wanted, standard] of settings) {
    const name = parameterFor(setting, declared)
    const value = String(wanted)
    if (name === undefined) {
      if (wanted !== standard && !fits(setting, value, template))
        throw cannotHonour(key, value, names[setting], template)
    } else if (value !== 'auto') given[name] = value
    else if (setting === 'adminLocation') automatic.push(name)
  }
  for (const [name, value] of Object.entries(config.parameters)) {
    given[name] = value
    if (automatic.includes(name)) automatic.splice(automatic.indexOf(name), 1)
  }
  return { given, automatic }
}

/** A template without a parameter for the masters has a number of its own, which may be the one that is wanted. */
function fits(setting: keyof typeof names, value: string, template: Template): boolean {
  return setting === 'masters' && String(masterCount(template, {})) === value
}

function cannotHonour(key: string, value: string, sought: readonly string[], template: Template): Failure {
  const masters =
    key === 'cluster.masters'
      ? `; it always has ${masterCount(template, {}) ?? 'its own number of'} masters`
      : ''
  return new Failure('PARAMETER_INVALID', {
    message: `this template cannot honour ${key}=${value}`,
    cause: `it declares no parameter ${sought.join(' or ')}${masters}`,
    next: `leave ${key} at its default, or use another template`,
  })
}

/** The output that says where the masters answer: DnsAddress in the templates of the DC/OS family, or one of like name. */
export function addressOutput(outputs: string[]): string | undefined {
  return (
    outputs.find((name) => name === 'DnsAddress') ??
    outputs.find((name) => /dns/i.test(name) && !/public/i.test(name))
  )
}

/** Where the masters answer, as a URL, read off a stack's outputs; undefined when they do not say. */
export function masterUrl(outputs: Record<string, string>): string | undefined {
  const address = outputs[addressOutput(Object.keys(outputs)) ?? '']
  if (!address) return undefined
  return /^https?:/.test(address) ? address : `http://${address}`
}

/** A template that does not say where its masters answer makes no DC/OS cluster, and is most likely another one by mistake. */
function refuseWithoutAddress(config: Config, template: Template, source: string): void {
  const outputs = Object.keys(template.Outputs ?? {})
  if (config.cluster.url !== 'auto' || addressOutput(outputs) !== undefined) return
  throw new Failure('TEMPLATE_INVALID', {
    message: `${source} does not say where its masters would answer`,
    cause: `it has no output DnsAddress; its outputs are ${outputs.join(', ') || 'none'}`,
    next: 'name a DC/OS template, or set cluster.url to where the cluster will answer',
  })
}

/** Nobody shall pay for a cluster that cannot come up: a template may say that it is unfinished, or name parameters that must not stay empty. */
function refuseWhatCannotComeUp(template: Template, all: Record<string, string>, source: string): void {
  const missing = unmetNeeds(template, all)
  const empty = `${missing.join(', ')} is empty, so its instances would come up without DC/OS and be paid for`
  const cause = unfinished(template) ?? (missing.length > 0 ? empty : undefined)
  if (cause === undefined) return
  throw new Failure('PARAMETER_INVALID', {
    message: `${source} cannot bring a cluster up on AWS yet`,
    cause,
    next: 'set template=PATH to a DC/OS template whose image and installer you have, or rehearse with cloud=rehearsal',
  })
}
