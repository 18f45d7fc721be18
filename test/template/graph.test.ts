import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cycleFaults } from '../../tasks/template/cycles.ts'
import { templateGraph } from '../../tasks/template/graph.ts'
import { existingResources } from '../../tasks/template/groups.ts'
import { resolveParameters } from '../../tasks/template/parameters.ts'
import { parseTemplate } from '../../tasks/template/parse.ts'
import { dependenciesOf } from '../../tasks/template/references.ts'

const test = suite('template/graph')

/** The part of Mermaid's flowchart grammar that we use. */
const grammar = /^(flowchart LR| {2}subgraph "[^"\n]+"| {4}r_\w+\["[^"\n]+"\]| {2}end| {2}r_\w+ --> r_\w+)$/

test('our own template: every resource once, in its section; every dependency is shown, no arrow is redundant', () => {
  const template = parseTemplate(readFileSync('templates/dcos.yaml', 'utf8'))
  const { all } = resolveParameters(template, { KeyName: 'k', AdminLocation: '10.0.0.0/8' }, 'it')
  const lines = templateGraph(template, all).trimEnd().split('\n')
  for (const line of lines) assert.match(line, grammar)
  const resources = existingResources(template, all).map(([id]) => id)
  const nodes = lines.flatMap((line) => /^ {4}r_(\w+)\[/.exec(line)?.[1] ?? [])
  assert.equal([...nodes].sort(), [...resources].sort())
  assert.ok(lines.includes('    r_SlaveServerGroup["SlaveServerGroup × 5<br>AutoScaling::AutoScalingGroup"]'))
  const arrows = lines.flatMap((line) => {
    const found = /^ {2}r_(\w+) --> r_(\w+)$/.exec(line)
    return found ? [[found[1]!, found[2]!] as const] : []
  })
  const reach = (from: string, without?: readonly [string, string]): Set<string> => {
    const seen = new Set<string>()
    const queue = [from]
    for (let id = queue.pop(); id; id = queue.pop())
      for (const arrow of arrows) {
        if (arrow[0] !== id || seen.has(arrow[1])) continue
        if (without && arrow[0] === without[0] && arrow[1] === without[1]) continue
        seen.add(arrow[1])
        queue.push(arrow[1])
      }
    return seen
  }
  for (const id of resources)
    for (const need of dependenciesOf(template, id))
      if (resources.includes(need)) assert.ok(reach(id).has(need), `${id} needs ${need}`)
  for (const arrow of arrows) assert.not(reach(arrow[0], arrow).has(arrow[1]), arrow.join(' → '))
})

test('whatever the name and type of a resource, Mermaid can read it', () => {
  const names = ['end', 'subgraph', 'o', 'x"]; click', 'a-b', 'é', '__proto__x']
  const types = ['A::B::C', 'X"Y::<script>::]', 'Custom::ünï']
  const Resources = Object.fromEntries(
    names.map((name, index) => [
      name,
      { Type: types[index % types.length], DependsOn: names[(index + 1) % names.length] },
    ]),
  )
  const text = templateGraph({ Resources } as never, {})
  for (const line of text.trimEnd().split('\n')) assert.match(line, grammar)
  assert.is(text.match(/-->/g)?.length, names.length)
})

test('cached dependencies are unchanged by the search for cycles', () => {
  const Type = 'AWS::S3::Bucket'
  const template = parseTemplate(
    JSON.stringify({ Resources: { One: { Type }, Two: { Type, DependsOn: 'One' } } }),
  )
  assert.equal(cycleFaults(template), [])
  assert.equal(dependenciesOf(template, 'Two'), ['One'])
})

test.run()
