import { type Fields, structures, tagsOf, text } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'

/** The tags that a call sets on what it creates. */
export function tagsFor(fields: Fields, kind: string): Record<string, string> {
  const specification = structures(fields, 'TagSpecification').find(
    (one) => text(one, 'ResourceType') === kind,
  )
  return specification ? tagsOf(structures(specification, 'Tag')) : {}
}

export function tagSet(tags: Record<string, string>): Xml {
  return Object.entries(tags).map(([key, value]) => ({ key, value }))
}
