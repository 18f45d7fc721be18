/** What a resource's instances are in a DC/OS cluster, judged by its name: templates of every family name their groups so. */
export function roleOf(logicalId: string): 'bootstrap' | 'master' | 'agent' | 'agent_public' {
  if (/bootstrap/i.test(logicalId)) return 'bootstrap'
  if (/master/i.test(logicalId)) return 'master'
  return /public/i.test(logicalId) ? 'agent_public' : 'agent'
}
