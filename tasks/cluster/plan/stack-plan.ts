import type { Config } from '../../../config/schema.ts'
import { Failure } from '../../base/failure.ts'
import { Faults } from '../../base/faults.ts'
import { requiredCapabilities } from '../../template/capabilities.ts'
import { resolveParameters, unmetNeeds } from '../../template/parameters.ts'
import type { Template } from '../../template/parse.ts'
import { brokenRules } from '../../template/rules.ts'
import { keepSound } from '../../template/sound.ts'
import { validateTemplate } from '../../template/validate.ts'
import { expand } from './expand.ts'
import type { StackPlan } from './plan.ts'
import { parameterFor, parametersOf, placeholders } from './settings.ts'
import { type Reading, readTemplate } from './template.ts'

/** Reads the template and determines its parameters. Throws TEMPLATE_…, PARAMETER_INVALID. */
export async function readPlan(use: Reading): Promise<StackPlan> {
  const { config } = use
  const written = await readTemplate(use)
  if (!written.sound) {
    validateTemplate(written.template, written)
    await keepSound(use.folders.cache, written)
  }
  const loaded = expand(written, config)
  const { template } = loaded
  const faults = new Faults()
  await faults.of(() => refuseWithoutAddress(config, template, loaded.source))
  const { given, automatic } = parametersOf(config, template, faults)
  const later = Object.entries(automatic).map(([name, what]) => [name, placeholders[what]])
  const wanted = { ...Object.fromEntries(later), ...given }
  const resolved = await faults.of(() => resolveParameters(template, wanted, loaded.source))
  const all = resolved?.all ?? {}
  // Values that are wrong by themselves say nothing about a rule.
  if (resolved) await faults.of(() => refuseBrokenRules(template, all, loaded.source))
  if (use.cloud.costsMoney)
    await faults.of(() => refuseWhatCannotComeUp(template, resolved ? all : wanted, loaded.source))
  faults.throwAny()
  for (const name of Object.keys(automatic)) delete all[name]
  const capabilities = requiredCapabilities(template)
  return { loaded, capabilities, tags: config.tags, given, all, automatic }
}

function refuseBrokenRules(template: Template, all: Record<string, string>, source: string): void {
  const [rule] = brokenRules(template, all)
  if (!rule) return
  throw new Failure('PARAMETER_INVALID', {
    message: `the parameters do not meet the rule ${rule.name} of ${source}`,
    cause: rule.description ?? 'one of its assertions is false',
    next: 'set the parameters that the rule mentions, under parameters in the config',
  })
}

/** The parameters to send once the automatic ones are determined. */
export function settle(
  plan: StackPlan,
  found: Record<string, string>,
): { ParameterKey: string; ParameterValue: string }[] {
  return resolveParameters(plan.loaded.template, { ...plan.given, ...found }, plan.loaded.source).send
}

/** The output with the masters' address: DnsAddress in the DC/OS templates, or one of a similar name. */
export function addressOutput(outputs: string[]): string | undefined {
  return (
    outputs.find((name) => name === 'DnsAddress') ??
    outputs.find((name) => /dns/i.test(name) && !/public/i.test(name))
  )
}

/** The masters' address as a URL, from a stack's outputs; undefined if they do not contain it. */
export function masterUrl(outputs: Record<string, string>): string | undefined {
  const address = outputs[addressOutput(Object.keys(outputs)) ?? '']
  if (!address) return undefined
  return /^https?:/.test(address) ? address : `http://${address}`
}

/** A template without an output for the masters' address creates no DC/OS cluster, and was most likely chosen by mistake. */
function refuseWithoutAddress(config: Config, template: Template, source: string): void {
  const outputs = Object.keys(template.Outputs ?? {})
  if (config.cluster.url !== 'auto' || addressOutput(outputs) !== undefined) return
  throw new Failure('TEMPLATE_INVALID', {
    message: `${source} does not say where its masters can be reached`,
    cause: `it has no output DnsAddress; its outputs are ${outputs.join(', ') || 'none'}`,
    next: "name a DC/OS template, or set cluster.url to the cluster's address",
  })
}

/** Prevents paying for a cluster that cannot work: a template may list parameters that must not be empty. */
function refuseWhatCannotComeUp(template: Template, all: Record<string, string>, source: string): void {
  const missing = unmetNeeds(template, all)
  if (missing.length === 0) return
  if (missing.includes(parameterFor('installerUrl', (name) => missing.includes(name)) ?? '')) {
    throw new Failure('PARAMETER_INVALID', {
      message: "installer.from is not set: you must provide DC/OS's installer",
      cause:
        "it is the file dcos_generate_config.sh (1.5 GB) of a DC/OS release up to 2.2.1; its vendor's hosts are gone, so take it from a bootstrap node of an older cluster, from your own archive, or build it from github.com/dcos/dcos",
      next: 'set installer.from=PATH (or https://…, s3://bucket/key) and installer.sha256; or rehearse with cloud=rehearsal',
    })
  }
  throw new Failure('PARAMETER_INVALID', {
    message: `${source} cannot create a cluster on AWS without ${missing.join(', ')}`,
    cause: `${missing.join(', ')} is empty, so its instances would run without DC/OS, and cost money`,
    next: `set parameters.${missing[0]}, or rehearse with cloud=rehearsal`,
  })
}
