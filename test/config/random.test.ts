import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isMap, isScalar, parseDocument, type Scalar, visit } from 'yaml'
import { keysOf, leaves } from '../../config/shape.ts'
import { Failure } from '../../tasks/base/failure.ts'
import { faults, load } from './loading.ts'

const test = suite('config: anything at all')
const shipped = readFileSync('config/cluster.yaml', 'utf8')

/** Numbers in [0, 1) that look random and are the same in every run (mulberry32). */
function drawer(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

test('no file makes anything but a config or CONFIG_INVALID', async () => {
  const draw = drawer(1)
  const pick = <One>(from: readonly One[]): One => from[Math.floor(draw() * from.length)]!
  const scraps = [
    ...keysOf(),
    ...'{}[]:,#&*!|>-?%@`"\'\n\t\r ',
    '<<',
    '---',
    '...',
    '&a',
    '*a',
    ': ',
    '\n  ',
    '\n- ',
    '1e9',
    '~',
    'null',
    '\u0085',
    '\u2028',
    '😀',
  ]
  const wrong = { bytes: 0, scraps: 0, edits: 0 }
  const accepted = { bytes: 0, scraps: 0, edits: 0 }
  const attempt = async (kind: keyof typeof wrong, yaml: string | Uint8Array) => {
    try {
      await load({ yaml })
      accepted[kind]++
    } catch (error) {
      const known = error instanceof Failure && error.code === 'CONFIG_INVALID'
      assert.ok(known, `${JSON.stringify(String(yaml))}: ${(error as Error).stack}`)
      assert.match((error as Failure).message, /^mine\.yaml(:\d+:\d+)?: \S/)
      wrong[kind]++
    }
  }
  for (let round = 0; round < 400; round++) {
    const length = Math.floor(draw() * 60)
    await attempt(
      'bytes',
      Uint8Array.from({ length }, () => Math.floor(draw() * 256)),
    )
    await attempt('scraps', Array.from({ length }, () => pick(scraps)).join(''))
    const at = Math.floor(draw() * shipped.length)
    await attempt('edits', shipped.slice(0, at) + pick(scraps) + shipped.slice(at + Math.floor(draw() * 3)))
  }
  // The draw must reach both verdicts, or it proves nothing.
  assert.ok(
    accepted.edits > 50 && wrong.edits > 50 && wrong.scraps > 300 && wrong.bytes > 300,
    JSON.stringify({ wrong, accepted }),
  )
})

test('a slip of one letter in any key is understood', async () => {
  const draw = drawer(2)
  const letters = 'abcdefghijklmnopqrstuvwxyzABC-_'
  for (const key of keysOf().filter((one) => one !== 'parameters')) {
    const names = key.split('.')
    const name = names.pop()!
    for (let round = 0; round < 6; round++) {
      const at = Math.floor(draw() * name.length)
      const letter = letters[Math.floor(draw() * letters.length)]!
      const slips = [
        name.slice(0, at) + name.slice(at + 1),
        name.slice(0, at) + letter + name.slice(at),
        name.slice(0, at) + letter + name.slice(at + 1),
        name.slice(0, at) +
          name
            .slice(at, at + 2)
            .split('')
            .reverse()
            .join('') +
          name.slice(at + 2),
        name.toUpperCase(),
        `${name}s`,
      ]
      const slip = [...names, slips[round]!].join('.')
      if (keysOf().includes(slip) || !/^[a-z]/i.test(slips[round]!)) continue
      const message = await faults({ words: [`${slip}=x`] })
      const meant = message.match(/did you mean (.+)\?/)?.[1]?.split(' or ') ?? []
      assert.ok(meant.includes(key), `${slip}: ${message}`)
    }
  }
})

test('line and column are those of the very character, with either line break', async () => {
  for (const lineBreak of ['\n', '\r\n']) {
    const text = shipped.replaceAll('\n', lineBreak)
    const { keys, values } = positions(text)
    assert.is(values.size, leaves().length)
    for (const [key, [from, to]] of values) {
      const list = ['cli.plugins', 'rehearsal.fail', 'parameters', 'agents.pools', 'tags'].includes(key)
      const bad = list ? '5' : '[ 5 ]'
      const gap = text[from - 1] === ':' ? ' ' : ''
      await placed(text.slice(0, from) + gap + bad + text.slice(to), from + gap.length, key, bad.length)
    }
    for (const [key, [from, to]] of keys) {
      await placed(`${text.slice(0, from)}zzzzzzzzzz${text.slice(to)}`, from, 'zzzzzzzzzz', 10, key)
    }
  }
})

async function placed(
  yaml: string,
  offset: number,
  about: string,
  carets: number,
  replaced = about,
): Promise<void> {
  const before = yaml.slice(0, offset).split('\n')
  const [line, column] = [before.length, before.at(-1)!.length + 1]
  const message = await faults({ yaml })
  const [first, excerpt, marks] = message.split('\n') as [string, string, string]
  assert.ok(
    first.startsWith(`mine.yaml:${line}:${column}: `) && first.includes(about),
    `${replaced}: ${message}`,
  )
  const gutter = `  ${line} | `
  assert.ok(excerpt.startsWith(gutter + before.at(-1)), message)
  assert.is(marks, `${' '.repeat(gutter.length - 2)}| ${' '.repeat(column - 1)}${'^'.repeat(carets)}`)
  assert.not.match(message, /\r/)
}

/** Where the keys and the values of the shipped file stand, as the parser says. */
function positions(text: string) {
  const keys = new Map<string, [number, number]>()
  const values = new Map<string, [number, number]>()
  visit(parseDocument(text), {
    Pair(_, pair, path) {
      const { key, value } = pair as { key: Scalar<string>; value: Scalar }
      const names = path.flatMap((one) => ('key' in one && isScalar(one.key) ? [String(one.key.value)] : []))
      const full = [...names, key.value].join('.')
      keys.set(full, [key.range![0], key.range![1]])
      if (!isMap(value) || ['parameters', 'tags'].includes(full))
        values.set(full, [value.range![0], value.range![1]])
    },
  })
  return { keys, values }
}

test.run()
