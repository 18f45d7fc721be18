import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slow } from '../optional.ts'
import { Live } from './live.ts'
import { Project } from './project.ts'

// Runs every command line shown in README and docs, unchanged: on a running rehearsed cluster, and those with cloud=aws
// against a rehearsal that another project serves.

const test = suite('commands in the documents')
const documents = ['README.md', 'CONTRIBUTING.md', 'templates/README.md']
for (const name of readdirSync('docs')) if (name.endsWith('.md')) documents.push(`docs/${name}`)

/** The lines, each once, in reading order, with placeholders filled in. */
function shown(): string[] {
  const lines = documents.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/npx task ([a-z][^`\n]*?)(?= {2,}#|`|\n| && )/g)].map((found) =>
      found[1]!
        .replace(/ (PORT|5000)$/, ' 0')
        .replace('-- WORD…', '-- --version')
        .replace(/^help (TASK|bookmark)$/, 'help stack')
        .replace(/^(completion \w+)\b.*/, '$1')
        .replace(/ FILE$/, ' config/other.yaml'),
    ),
  )
  return [...new Set(lines)]
}

/** Commands that run until Ctrl-C, and what they have printed by then. */
const staying: Record<string, RegExp> = { rehearsal: /AWS endpoint/, dashboard: /http:/ }
/** Commands that cannot run here, and what is tried instead. */
const instead: [pattern: RegExp, words: string[]][] = [
  // A rehearsed node has no SSH server.
  [/^ssh /, ['--dry-run']],
  [/^logs .* -f$/, []],
  // The vendor's binary is not part of this repository.
  [/^cli-config cli\.url=\.\/dcos /, ['--help']],
  [/^doctor cloud=aws$/, ['installer.from=dcos_generate_config.sh']],
  [/^init /, ['--yes']],
  [/^(destroy|deploy|roll)\b/, ['--yes']],
]

slow(test, 'each runs and does what the text says', async () => {
  const [project, other] = [new Project(), new Project()]
  const served = new Live(other.start(['rehearsal', '0', 'rehearsal.speed=2000']))
  try {
    const endpoint = (await served.says(/^AWS endpoint (\S+)$/m))[1]!
    const config = project.path('config/cluster.yaml')
    const text = readFileSync(config, 'utf8')
    writeFileSync(
      config,
      text
        .replace('speed: 100', 'speed: 2000')
        .replace('  endpoint:', `  endpoint: ${endpoint}`)
        .replace('adminLocation: auto', 'adminLocation: 203.0.113.7/32')
        // The only master could not be replaced.
        .replace('masters: auto', 'masters: 3'),
    )
    writeFileSync(project.path('dcos_generate_config.sh'), '#!/bin/bash\n')
    writeFileSync(project.path('app.json'), '{ "id": "/web", "cmd": "sleep 100", "cpus": 0.1, "mem": 32 }')
    const environment = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' }
    const run = (words: string[]) => project.run(words, { environment })
    const lines = shown()
    assert.ok(lines.length > 30, `${lines.length} lines found`)
    const wrong: string[] = []
    let up = false
    for (const line of lines) {
      const task = line.split(' ')[0]!
      const words = line.split(/ +/)
      const here = !line.includes('cloud=aws')
      if (here && !up) assert.is((await run(['bootstrap'])).code, 0)
      up ||= here
      const stays = Object.entries(staying).find(([name]) => name === task)
      if (stays || / -f$/.test(line)) {
        const live = new Live(project.start(words, { environment }))
        await live.says(stays?.[1] ?? /./)
        await live.end('SIGINT')
        continue
      }
      const more = instead.find(([pattern]) => pattern.test(line))?.[1] ?? []
      const ran = await run([...words, ...more.filter((word) => !words.includes(word))])
      if (here && task === 'destroy') up = false
      // A rehearsed cloud is not removed while its cluster is up.
      const expected = task === 'clean' && up ? 1 : 0
      if (ran.code !== expected) wrong.push(`npx task ${line}: ${ran.code}\n${ran.stdout}${ran.stderr}`)
    }
    assert.is(wrong.length, 0, wrong.join('\n'))
  } finally {
    await served.end('SIGTERM')
    project.remove()
    other.remove()
  }
})

test.run()
