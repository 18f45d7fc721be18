import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optional } from '../optional.ts'
import { Project } from './project.ts'

// The whole command line on newer versions of Node than the one running the tests.

const test = suite('versions of Node')
const fast = 'rehearsal.speed=500'
const versions = readFileSync('test/node-versions.txt', 'utf8')
  .split('\n')
  .filter((line) => /^\d/.test(line))

for (const version of versions) {
  const system = `node-${process.platform}-${process.arch}`
  // Where `.ci/run` puts it.
  const binary = path.resolve('.task/ci-node', version, 'node_modules', system, 'bin/node')
  const major = version.split('.')[0]
  optional(test, [binary], `Node ${major}: list, up, up again, status, the command line, down`, async () => {
    const project = new Project(binary)
    try {
      const run = async (...words: string[]) => {
        const ran = await project.run(words)
        assert.is(ran.code, 0, ran.stdout + ran.stderr)
        // No failures, and no warnings from Node, for example about deprecations.
        assert.is(ran.stderr.replace(/^dcos: the built-in client.*\n/, ''), '')
        return ran
      }
      assert.match((await run()).stdout, /bootstrap/)
      assert.equal((await run('bootstrap', '--json', fast)).end.ran, [
        'preflight',
        'keypair',
        'stack',
        'wait',
        'cli-config',
      ])
      assert.equal((await run('bootstrap', '--json', fast)).end.ran, [])
      await run('status', fast)
      const nodes = await run('dcos', fast, '--', 'node', 'list', '--json')
      assert.is(JSON.parse(nodes.stdout).length, 7)
      assert.equal((await run('destroy', '--yes', '--json', fast)).end.left, [])
      const code = readdirSync(project.path('.task/build')).filter((name) => name.endsWith('.code'))
      assert.ok(
        code.some((name) => name.includes(`v${version}-`)),
        'compiled code is kept between starts',
      )
    } finally {
      project.remove()
    }
  })
}

test.run()
