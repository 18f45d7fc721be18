import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isSecret } from '../../config/secret.ts'
import { rerunLine, shellWord } from '../../tasks/runner/rerun.ts'

const test = suite('rerun line')

test('it is the command as typed, quoted for a shell', () => {
  const typed = ['bootstrap', '--json', '-j1', 'cluster.name=x', "rehearsal.fail=[{reason: it's so}]", '']
  assert.is(
    rerunLine(typed, isSecret),
    `npx task bootstrap --json -j1 cluster.name=x "rehearsal.fail=[{reason: it's so}]" ""`,
  )
  assert.is(rerunLine(['dcos', '--', 'parameters.X=1'], isSecret), 'npx task dcos -- parameters.X=1')
})

const tricky = [
  'a b',
  '',
  "it's",
  'say "so"',
  '$HOME',
  '`id`',
  'a\\b',
  'now!',
  '50%',
  '~/x',
  '=ls',
  '*',
  '[a]',
  'a;b',
  '#no',
  'é 日本',
  'a\nb',
  '{a,b}',
  '-c',
]

for (const shell of ['bash', 'sh', 'zsh', 'fish']) {
  if (spawnSync(shell, ['-c', 'true']).status !== 0) continue
  test(`${shell} reads each word as one word`, () => {
    const { stdout } = spawnSync(shell, ['-c', `printf '%s|' ${tricky.map(shellWord).join(' ')}`], {
      encoding: 'utf8',
    })
    assert.is(stdout, tricky.map((word) => `${word}|`).join(''))
  })
}

test('a word is quoted so that cmd accepts it too, if possible', () => {
  for (const word of tricky.filter((one) => !/["$`\\!%\n]/.test(one)))
    assert.match(shellWord(word), /^("[^"]*"|[^\s"']+)$/)
})

test('secrets are left out', () => {
  for (const word of [
    'parameters.Licence=s3cret',
    'parameters={Licence: s3cret}',
    'cli.url=https://me:s3cret@host/dcos',
    'template=https://host/t.json?X-Amz-Signature=s3cret',
    'cli.plugins=[{url: https://me:s3cret@host/x}]',
  ])
    assert.is(rerunLine(['up', word], isSecret), `npx task up ${word.split('=')[0]}=<value>`)
  for (const word of [
    'template=s3://bucket/key',
    'cli.url=https://host/dcos',
    'cluster.url=http://host:8080',
  ])
    assert.is(rerunLine([word], isSecret), `npx task ${word}`)
})

test.run()
