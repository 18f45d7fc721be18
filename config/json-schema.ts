import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import { schema } from './schema.ts'

/**
 * The JSON Schema for editors, as stored in cluster.schema.json. Only the tests call this: they compare, and rewrite
 * the file if UPDATE is set.
 */
export function jsonSchemaText(): string {
  const converted = toJsonSchema(schema, { typeMode: 'input', ignoreActions: ['to_lower_case'] })
  const { $schema, ...rest } = forEditors(converted)
  return `${JSON.stringify({ $schema, title: 'The config of dcos-bootstrap', ...rest }, null, 2)}\n`
}

// A key without a value is not set, so null may be used anywhere in a section; what only our errors use is left out.
function forEditors(node: JsonSchema): JsonSchema {
  const { allowed: _allowed, path: _path, required, ...kept } = node as JsonSchema & Record<string, unknown>
  const result: JsonSchema = { ...kept }
  if (required?.length) result.required = required
  if (node.properties) {
    const optional = Object.entries(node.properties).map(([name, property]) => {
      const editors = forEditors(property as JsonSchema)
      return [name, required?.includes(name) ? editors : orNothing(editors)]
    })
    result.properties = Object.fromEntries(optional)
  }
  if (typeof node.additionalProperties === 'object') {
    result.additionalProperties = orNothing(forEditors(node.additionalProperties))
  }
  if (node.propertyNames) result.propertyNames = forEditors(node.propertyNames as JsonSchema)
  if (node.items) result.items = forEditors(node.items as JsonSchema)
  if (node.anyOf) result.anyOf = node.anyOf.map((option) => forEditors(option as JsonSchema))
  return result
}

function orNothing(node: JsonSchema): JsonSchema {
  if (node.anyOf) return { ...node, anyOf: [...node.anyOf, { type: 'null' }] }
  const types = [node.type ?? []].flat()
  return {
    ...node,
    type: [...types, 'null'],
    ...(node.enum ? { enum: [...node.enum, null] } : {}),
  } as JsonSchema
}
