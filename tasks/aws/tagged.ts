import type { Aws } from './clients.ts'
import { callJson } from './json-call.ts'
import { CLUSTER_TAG } from './ownership.ts'

/** The Resource Groups Tagging API, which knows the tags of most services. */
const TAGGING = { name: 'tagging', target: 'ResourceGroupsTaggingAPI_20170126' }

/**
 * The ARNs of everything in the region that carries this cluster's tag. This index lags behind: what was just deleted
 * may still be in it (an instance for about an hour). Throws Failures, and UnknownOperationException if an emulator
 * does not have it.
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
