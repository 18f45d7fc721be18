import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { $ } from 'zx/core'
import { optional } from '../optional.ts'

const firstBoot = suite('the first boot of the nodes')

const TEMPLATE = 'templates/dcos.yaml'
const parts = ['Common', 'Machine', 'Bootstrap', 'Node']
const fileOf = (part: string) => `templates/first-boot/${part.toLowerCase()}.sh`

/** A script as embedded in the template: without comments, which are for readers of the file. */
function embedded(part: string): string {
  const lines = readFileSync(fileOf(part), 'utf8').trimEnd().split('\n')
  return lines.filter((line) => !/^\s*#(?!!)/.test(line)).join('\n')
}

/** The template's text of a part: a command that unpacks and runs it. */
const packed = (text: string, part: string) =>
  new RegExp(`\\n    ${part}:\\n      Text: (.*)\\n`).exec(text)?.[1] ?? ''

const unpacked = (text: string, part: string) =>
  gunzipSync(Buffer.from(/<<< ?([A-Za-z0-9+/=]*)/.exec(packed(text, part))?.[1] ?? '', 'base64')).toString()

firstBoot('is the same in the template as in its files', () => {
  if (process.env.UPDATE) {
    let text = readFileSync(TEMPLATE, 'utf8')
    for (const part of parts) {
      const blob = gzipSync(embedded(part), { level: 9 }).toString('base64')
      text = text.replace(
        `\n    ${part}:\n      Text: ${packed(text, part)}\n`,
        () => `\n    ${part}:\n      Text: 'eval "$(base64 -d <<<${blob} | gunzip)"'\n`,
      )
    }
    writeFileSync(TEMPLATE, text)
  }
  const text = readFileSync(TEMPLATE, 'utf8')
  for (const part of parts)
    assert.is(
      unpacked(text, part),
      embedded(part),
      `templates/dcos.yaml differs from ${fileOf(part)}: UPDATE=1 node test/run.js templates/first-boot`,
    )
})

const shellcheck = '/usr/bin/shellcheck'
/** The scripts that run the boots of test/boot. */
const harness = [
  'node.sh',
  'stand-ins/stand-in',
  'stand-ins/dcos_install.sh',
  'stand-ins/dcos_generate_config.sh',
].map((name) => `test/boot/${name}`)
optional(firstBoot, [shellcheck], 'shellcheck has nothing to say', async () => {
  const { stdout, exitCode } = await $({
    nothrow: true,
    quiet: true,
  })`${shellcheck} ${[...parts.map(fileOf), ...harness]}`
  assert.is(stdout, '')
  assert.is(exitCode, 0)
})

firstBoot.run()
