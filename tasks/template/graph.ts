import { nodeId, quoted } from '../base/mermaid.ts'
import { existingResources } from './groups.ts'
import { machinesOf } from './machines.ts'
import type { Template } from './parse.ts'
import { dependenciesOf } from './references.ts'

/** The section in which a resource is drawn, by its logical id and type. The first match counts. */
const sections: [title: string, pattern: RegExp][] = [
  ['Load balancers', /ElasticLoadBalancing/],
  ['Bootstrap node', /^Bootstrap\w*(Server|Launch)/],
  ['Masters', /^Master\w*(Server|Launch)/],
  ['Public agents', /Public\w*(Server|Launch)/],
  ['Private agents', /(Server|Launch)\w* AWS::(AutoScaling|EC2::(LaunchTemplate|Instance))/],
  ['Access', /AWS::(IAM::|EC2::SecurityGroup)/],
  ['Storage', /AWS::S3::/],
  ['Network', /AWS::(EC2|CloudFormation)::/],
  ['Other', /./],
]

/**
 * A template as a Mermaid flowchart: the resources that a stack will have with these parameters, and an arrow from each to what
 * it needs. Arrows that follow from others are left out.
 */
export function templateGraph(template: Template, parameters: Record<string, string>): string {
  const resources = existingResources(template, parameters)
  const there = new Set(resources.map(([id]) => id))
  const needs = new Map(
    resources.map(([id]) => [
      id,
      dependenciesOf(template, id).filter((name) => there.has(name) && name !== id),
    ]),
  )
  const counts = new Map(machinesOf(template, parameters).map(({ count, logicalId }) => [logicalId, count]))
  const lines = ['flowchart LR']
  for (const [title] of sections) {
    const members = resources.filter(([id, { Type }]) => sectionOf(id, Type) === title)
    if (members.length === 0) continue
    lines.push(`  subgraph ${quoted(title)}`)
    for (const [id, { Type }] of members) {
      const count = counts.get(id)
      const times = count === undefined ? '' : ` × ${count}`
      lines.push(`    ${nodeId(id)}[${quoted(`${id}${times}`, Type.replace(/^AWS::/, ''))}]`)
    }
    lines.push('  end')
  }
  for (const [id, direct] of needs) {
    for (const one of direct) {
      const others = direct.filter((other) => other !== one)
      if (!others.some((other) => reaches(needs, other, one)))
        lines.push(`  ${nodeId(id)} --> ${nodeId(one)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function sectionOf(id: string, type: string): string {
  return sections.find(([, pattern]) => pattern.test(`${id} ${type}`))![0]
}

/** Whether something is needed directly or indirectly. */
function reaches(needs: ReadonlyMap<string, string[]>, from: string, to: string): boolean {
  const seen = new Set([from])
  const queue = [from]
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (id === to) return true
    for (const next of needs.get(id) ?? []) {
      if (seen.has(next)) continue
      seen.add(next)
      queue.push(next)
    }
  }
  return false
}
