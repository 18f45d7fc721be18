import { homedir } from 'node:os'
import path from 'node:path'
import type { Config } from './schema.ts'
import { leaves, type Shape } from './shape.ts'

/** Not a path: a URL of any scheme, or the name of an official template. */
const ADDRESS = /^([A-Za-z][A-Za-z0-9+.-]+:\/\/|official:)/

/**
 * Makes the paths in a config absolute, so that no later code needs to know where they were written. `baseOf` returns
 * the folder that a key's path is relative to; `~` is `home`.
 */
export function resolvePaths(config: Config, baseOf: (key: string) => string, home = homedir()): Config {
  const resolved = structuredClone(config)
  for (const shape of leaves()) {
    const names = shape.key.split('.')
    const last = names.pop()!
    const holder = names.reduce((at, name) => at[name] as Tree, resolved as unknown as Tree)
    if (last in holder) holder[last] = resolve(holder[last], shape, baseOf(shape.key), home)
  }
  return resolved
}

type Tree = Record<string, unknown>

function resolve(value: unknown, shape: Shape, base: string, home: string): unknown {
  return changePaths(value, shape, (written) => path.resolve(base, written.replace(/^~(?=$|\/)/, home)))
}

/** The value of a key with every path in it changed; keywords and URLs are unchanged. */
export function changePaths(value: unknown, shape: Shape, change: (written: string) => string): unknown {
  if (shape.kind === 'list') {
    const entries = shape.items.flatMap((item) => [...item.entries])
    return (value as Tree[]).map((item) => {
      const paths = entries.filter(([name]) => name in item)
      const changed = paths.map(([name, entry]) => [name, changePaths(item[name], entry, change)])
      return { ...item, ...Object.fromEntries(changed) }
    })
  }
  if (shape.kind !== 'value' || !shape.about.path || typeof value !== 'string') return value
  const word = shape.choices.includes(value) || (value === 'auto' && shape.about.default === 'auto')
  if (word || ADDRESS.test(value)) return value
  return change(value)
}
