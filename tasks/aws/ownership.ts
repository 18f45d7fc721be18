/** The tag of a resource that belongs to a cluster of ours; its value is the cluster's name. We act only on what carries it. */
export const CLUSTER_TAG = 'dcos-bootstrap:cluster'

/** The tag that holds the SHA-256 of the template a stack was made from. */
export const TEMPLATE_TAG = 'dcos-bootstrap:template'

/** The tag that names the pool in `agents.pools` that an instance belongs to. */
export const POOL_TAG = 'dcos-bootstrap:pool'

interface Tag {
  Key?: string | undefined
  Value?: string | undefined
}

export function tagValue(tags: Tag[] | undefined, key: string): string | undefined {
  return tags?.find((tag) => tag.Key === key)?.Value
}

/** Tags as AWS's services take them. */
export function tagList(tags: Record<string, string>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

/** Whether these are the tags of something that belongs to this cluster. */
export function isOurs(tags: Tag[] | undefined, cluster: string): boolean {
  return tagValue(tags, CLUSTER_TAG) === cluster
}
