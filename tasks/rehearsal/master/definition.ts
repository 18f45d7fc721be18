/** One part of a definition that Marathon rejects: the form of an entry of `details` in its 422. */
export interface Complaint {
  path: string
  errors: string[]
}

/** What a path's element must match (Marathon's PathId). */
const ELEMENT = /^(([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])$/
/** The lower bounds of integers and decimals, below which Marathon rejects. */
const NUMBERS = ['cpus', 'mem', 'disk', 'gpus', 'instances']

/** Every instance is placed again for every answer: more than this would make a rehearsal very slow. */
const MOST_INSTANCES = 1_000

/** An application's id as Marathon keeps it: absolute, without a trailing slash. */
export function absoluteId(id: string): string {
  return `/${id.split('/').filter(Boolean).join('/')}`
}

/** What Marathon would reject in a definition; an empty list if nothing. */
export function complaints(definition: Record<string, unknown>): Complaint[] {
  return [
    ...complaintsOfId(definition.id),
    ...complaintsOfContent(definition),
    ...complaintsOfNumbers(definition),
  ]
}

function complaintsOfId(id: unknown): Complaint[] {
  if (typeof id !== 'string') return [{ path: '/id', errors: ['is undefined, but is a required field'] }]
  const elements = absoluteId(id).slice(1).split('/')
  if (elements.every((element) => ELEMENT.test(element))) return []
  return [{ path: '/id', errors: [`must fully match regular expression '${ELEMENT.source}'`] }]
}

function complaintsOfContent({ cmd, args, container }: Record<string, unknown>): Complaint[] {
  const hasCommand = typeof cmd === 'string' || Array.isArray(args)
  const hasBoth = typeof cmd === 'string' && Array.isArray(args)
  const hasContainer = typeof container === 'object' && container !== null
  if ((hasCommand || hasContainer) && !hasBoth) return []
  const rule = "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'."
  return [{ path: '/', errors: [rule] }]
}

function complaintsOfNumbers(definition: Record<string, unknown>): Complaint[] {
  return NUMBERS.flatMap((name) => {
    const value = definition[name]
    if (value === undefined) return []
    if (typeof value !== 'number') return [{ path: `/${name}`, errors: ['error.expected.jsnumber'] }]
    if (value < 0) return [{ path: `/${name}`, errors: [`got ${value}, expected 0 or more`] }]
    if (name === 'instances' && !Number.isInteger(value))
      return [{ path: `/${name}`, errors: ['error.expected.int'] }]
    if (name === 'instances' && value > MOST_INSTANCES)
      return [{ path: `/${name}`, errors: [`a rehearsal runs no more than ${MOST_INSTANCES}`] }]
    return []
  })
}
