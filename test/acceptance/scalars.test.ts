import { writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cloud, clouds } from '../clouds/clouds.ts'
import { credentials } from '../clouds/stranger.ts'
import { optional } from '../optional.ts'
import { Project } from './project.ts'

// Unquoted scalars, as people write them: whatever they are, a rerun finds no difference, and an update makes none.

const test = suite('scalars through a stack')
const PARAMETERS = 60

/** Numbers as JSON may spell them. */
function numberOf(next: () => number): string {
  const whole = String(Math.floor(next() * 10 ** (1 + Math.floor(next() * 20))))
  const kinds = [
    whole,
    `-${whole}`,
    `${whole}.${'0'.repeat(1 + Math.floor(next() * 3))}`,
    `${whole}.50`,
    `${whole}e3`,
    `1.0E+${Math.floor(next() * 9)}`,
    '12345678901234567890',
    '0.10',
  ]
  return kinds[Math.floor(next() * kinds.length)]!
}

/** Other unquoted scalars in YAML. */
function plainOf(next: () => number): string {
  const kinds = [
    'yes',
    'No',
    'on',
    'OFF',
    'True',
    'false',
    '0755',
    '012345678901',
    '0x1F',
    '0o17',
    '1_000',
    '+5',
    '.5',
    '12:30:00',
    '2010-09-09',
    'y',
    'nan',
    '5.',
  ]
  return next() < 0.5 ? numberOf(next) : kinds[Math.floor(next() * kinds.length)]!
}

function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff
    return state / 0x7fffffff
  }
}

/** Templates with that many parameters; an update changes the last one. */
function templates(seed: number): Record<'yaml' | 'json', string> {
  const next = random(seed)
  const names = Array.from({ length: PARAMETERS }, (_, index) => `P${index}`)
  const yaml = names.map((name) => `  ${name}: { Type: String, Default: ${plainOf(next)} }\n`).join('')
  const json = names.map((name) => `"${name}":{"Type":"String","Default":${numberOf(next)}}`).join(',')
  return {
    yaml: `Parameters:\n  AdminLocation: { Type: String, Default: 0.0.0.0/0 }\n${yaml}  Last: { Type: String, Default: a }\nResources:\n  B: { Type: AWS::S3::Bucket, Properties: { Tags: [{ Key: last, Value: !Ref Last }] } }\nOutputs:\n  DnsAddress: { Value: dcos.invalid }\n`,
    json: `{"Parameters":{"AdminLocation":{"Type":"String","Default":"0.0.0.0/0"},${json},"Last":{"Type":"String","Default":"a"}},"Resources":{"B":{"Type":"AWS::S3::Bucket","Properties":{"Tags":[{"Key":"last","Value":{"Ref":"Last"}}]}}},"Outputs":{"DnsAddress":{"Value":"dcos.invalid"}}}`,
  }
}

async function goThrough(cloud: Cloud, seed: number): Promise<void> {
  const project = new Project()
  const standing = await cloud.start(project)
  try {
    for (const [format, text] of Object.entries(templates(seed))) {
      const file = project.path(`scalars.${format}`)
      writeFileSync(file, text)
      const run = (...words: string[]) =>
        project.run(
          [
            'stack',
            ...words,
            ...standing.words,
            `template=${file}`,
            `cluster.name=scalars-${format}`,
            '--json',
          ],
          { environment: credentials },
        )
      const steps: [string[], boolean][] = [
        [[], true],
        [[], false],
        [['parameters.Last=b', '--yes'], true],
        [['parameters.Last=b'], false],
      ]
      for (const [words, changes] of steps) {
        const ran = await run(...words)
        const told = `${format} ${words.join(' ')}: ${ran.stdout}`
        assert.is(ran.code, 0, told)
        assert.is(ran.end.ran.includes('stack'), changes, told)
        // An update may take a moment; the next requests need a stable stack.
        for (let look = 0; look < 100 && changes; look++) {
          const status = JSON.parse(
            (
              await project.run(
                [
                  'status',
                  ...standing.words,
                  `template=${file}`,
                  `cluster.name=scalars-${format}`,
                  ...words.slice(0, 1),
                  '--json',
                ],
                { environment: credentials },
              )
            ).stdout,
          )
          if (/(CREATE|UPDATE)_COMPLETE/.test(JSON.stringify(status.tasks))) break
        }
      }
    }
  } finally {
    await standing.stop()
    project.remove()
  }
}

const [rehearsal, moto] = ['rehearsal', 'moto'].map((name) => clouds.find((cloud) => cloud.name === name)!)

test('in the rehearsal', () => goThrough(rehearsal!, 1))

for (const seed of [2, 3])
  optional(test, moto!.needs('small'), `on moto, with the seed ${seed}`, () => goThrough(moto!, seed))

test.run()
