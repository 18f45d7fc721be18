/** The role of a resource's instances in a DC/OS cluster, by its name: templates of all families name their groups like this. */
export function roleOf(logicalId: string): 'bootstrap' | 'master' | 'agent' | 'agent_public' {
  if (/bootstrap/i.test(logicalId)) return 'bootstrap'
  if (/master/i.test(logicalId)) return 'master'
  return /public/i.test(logicalId) ? 'agent_public' : 'agent'
}
