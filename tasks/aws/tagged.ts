import type { Aws } from './clients.ts'
import { callJson } from './json-call.ts'
import { CLUSTER_TAG } from './ownership.ts'

/** The Resource Groups Tagging API, which knows the tags of most services. */
const TAGGING = { name: 'tagging', target: 'ResourceGroupsTaggingAPI_20170126' }

/**
 * The ARNs of whatever in the region carries this cluster's tag. This index of AWS's is late: what was deleted a moment
 * ago may be in it still (an instance for about an hour). Throws Failures, and UnknownOperationException where an
 * emulator has none.
 */
export async function taggedAs(aws: Aws, cluster: string): Promise<string[]> {
  const found: string[] = []
  let token = ''
  do {
    const answer = await callJson(aws, TAGGING, 'GetResources', {
      TagFilters: [{ Key: CLUSTER_TAG, Values: [cluster] }],
      ...(token ? { PaginationToken: token } : {}),
    })
    const page = (answer.ResourceTagMappingList ?? []) as { ResourceARN?: string }[]
    found.push(...page.flatMap(({ ResourceARN }) => ResourceARN ?? []))
    token = typeof answer.PaginationToken === 'string' ? answer.PaginationToken : ''
  } while (token)
  return found
}
