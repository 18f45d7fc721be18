/** Numbers from 0 to below 1 that look random and are the same in every run (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const strings = [
  '',
  ' ',
  '\n',
  '"',
  '\\',
  '\\"',
  '\t',
  'Ref',
  '10',
  'a  b',
  '\u2028',
  'é',
  '{ "a" : 1 }',
  '\\n',
  '#!/bin/bash\n\n',
]

/** Any JSON value, with strings that trip up a careless parser. */
export function anything(next: () => number, depth: number): unknown {
  const pick = <T>(list: readonly T[]) => list[Math.floor(next() * list.length)]!
  const kind = next()
  if (depth === 0 || kind < 0.4) return pick([...strings, 0, -1.5e30, 1e-7, true, false, null])
  const length = Math.floor(next() * 5)
  if (kind < 0.6) return Array.from({ length }, () => anything(next, depth - 1))
  return Object.fromEntries(
    Array.from({ length }, () => [pick([...strings, 'k', '7', '10']), anything(next, depth - 1)]),
  )
}
