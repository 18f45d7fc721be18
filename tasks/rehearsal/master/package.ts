import type { Package } from './catalogue.ts'
import { absoluteId } from './definition.ts'

/** What Cosmos keeps of a package in the labels of its application. */
export const NAME = 'DCOS_PACKAGE_NAME'
const VERSION = 'DCOS_PACKAGE_VERSION'

/** An error with Cosmos's type and text: its clients match on the type. */
export class CosmosError extends Error {
  constructor(
    readonly type: string,
    message: string,
    readonly data: object = {},
    readonly status = 400,
  ) {
    super(message)
  }
}

/** A package as `describe` shows it. */
export function definitionOf({ app, config, ...one }: Package): object {
  const template = Buffer.from(JSON.stringify(app)).toString('base64')
  const sections = Object.entries(config).map(([name, properties]) => [name, { type: 'object', properties }])
  return {
    packagingVersion: '3.0',
    releaseVersion: 0,
    maintainer: 'rehearsal@dcos-bootstrap.invalid',
    selected: false,
    ...one,
    marathon: { v2AppMustacheTemplate: template },
    config: { type: 'object', properties: Object.fromEntries(sections) },
    resource: {},
  }
}

/** The application of a package with the user's options over the defaults. */
export function render(one: Package, body: Record<string, unknown>): Record<string, unknown> {
  const options = optionsOf(one, body.options)
  const filled = JSON.stringify(one.app, (_, value) => {
    const whole = typeof value === 'string' ? /^\{\{([\w.]+)\}\}$/.exec(value) : null
    if (whole) return options.get(whole[1]!)
    if (typeof value !== 'string') return value
    return value.replace(/\{\{([\w.]+)\}\}/g, (_whole, name: string) => String(options.get(name)))
  })
  const id = body.appId === undefined ? {} : { id: absoluteId(String(body.appId)) }
  const labels = {
    [NAME]: one.name,
    [VERSION]: one.version,
    DCOS_PACKAGE_IS_FRAMEWORK: String(one.framework),
  }
  return { ...(JSON.parse(filled) as Record<string, unknown>), ...id, labels }
}

function optionsOf({ config }: Package, given: unknown): Map<string, unknown> {
  const options = new Map<string, unknown>()
  for (const [section, properties] of Object.entries(config))
    for (const [name, property] of Object.entries(properties))
      options.set(`${section}.${name}`, property.default)
  const errors: object[] = []
  for (const [section, values] of Object.entries((given ?? {}) as Record<string, object>)) {
    for (const [name, value] of Object.entries(values ?? {})) {
      const key = `${section}.${name}`
      const expected = config[section]?.[name]?.type
      if (expected === undefined) errors.push({ level: 'error', unwanted: [key] })
      else if (typeOf(value) === expected || (typeOf(value) === 'integer' && expected === 'number'))
        options.set(key, value)
      else
        errors.push({
          level: 'error',
          instance: { pointer: `/${section}/${name}` },
          found: typeOf(value),
          expected: [expected],
        })
    }
  }
  if (errors.length === 0) return options
  throw new CosmosError('JsonSchemaMismatch', 'Options JSON failed validation', { errors })
}

function typeOf(value: unknown): string {
  return Number.isInteger(value) ? 'integer' : typeof value
}
