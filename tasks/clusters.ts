import { REGION } from '../config/forms.ts'
import type { Aws } from './aws/clients.ts'
import { type Cluster, findClusters, inRegion, type Unsearched } from './aws/clusters.ts'
import { introduce } from './aws/identity.ts'
import { enabledRegions } from './aws/regions.ts'
import { realClock } from './base/clock.ts'
import { Failure } from './base/failure.ts'
import { didYouMean } from './base/suggest.ts'
import { table } from './base/table.ts'
import { jsonText } from './base/terminal-text.ts'
import type { Use } from './cluster/context.ts'
import { masterUrl } from './cluster/plan/stack-plan.ts'
import type { Help } from './runner/help/text.ts'
import { layOut } from './runner/present/lay-out.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help clusters` says. */
export const help: Help = {
  runs: 'lists every cluster that dcos-bootstrap created, and leftovers of deleted ones: in the configured region, in the regions named, or in all that the account has enabled',
  keys: ['cloud', 'region', 'aws'],
  options: { json: 'one JSON document' },
  examples: ['clusters', 'clusters eu-west-1 us-east-1', 'clusters all --json'],
}

/** One line of the list. */
interface Listed {
  name: string
  region: string
  /** The stack's status; null when the stack is gone and only leftovers remain. */
  status: string | null
  created: string | null
  ageSeconds: number | null
  url: string | null
  /** The first digits of the SHA-256 of the stack's template. */
  template: string | null
  stack: string | null
  keyPairs: string[]
  buckets: string[]
}

/** Lists every cluster of ours, and leftovers of deleted ones: in the configured region, in those named, or in all. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const { config, json, stdout } = use
  const introduction = introduce(use.aws)
  const regions = await regionsFor(use)
  const { clusters, unsearched } = await search(use.aws, regions)
  const { account } = await (await introduction).identity
  const list = clusters.map(listed)
  const notSearched = unsearched.map(({ error, region, what }) => ({ region, what, why: error.message }))
  if (json) {
    const document = { account, cloud: config.cloud, regions, clusters: list, unsearched: notSearched }
    stdout.write(`${jsonText(document, 2)}\n`)
    return 0
  }
  const where = regions.length > 3 ? `${regions.length} regions` : regions.join(', ')
  const columns = stdout.isTTY ? stdout.columns : undefined
  const lines = [
    `${config.cloud} · account ${account} · ${where}`,
    ...(list.length > 0 ? rowsOf(list, use.complete, columns) : ['no clusters created by dcos-bootstrap']),
    ...notSearched.map(({ region, what, why }) => `not searched: ${what} in ${region}: ${why}`),
  ]
  stdout.write(`${await layOut(lines.join('\n'), stdout)}\n`)
  return 0
}

async function regionsFor({ aws, words }: Use & CommandTools): Promise<string[]> {
  if (words.length === 0) return [aws.region]
  if (words.length === 1 && words[0] === 'all')
    return [...new Set([...(await enabledRegions(aws)), aws.region])].sort()
  const wrong = words.find((word) => !REGION.test(word))
  if (wrong !== undefined) {
    throw new Failure('USAGE', {
      message: `clusters takes region names, or all, not ${JSON.stringify(wrong)}${didYouMean(wrong, ['all', aws.region])}`,
      next: 'npx task clusters, npx task clusters eu-west-1 us-east-1, or npx task clusters all',
    })
  }
  return [...new Set(words)]
}

/** Searches the regions concurrently. Fails only if stacks could be listed in none of them. */
async function search(
  own: Aws,
  regions: string[],
): Promise<{ clusters: Cluster[]; unsearched: Unsearched[] }> {
  const found = await Promise.all(regions.map((region) => inRegion(own, region, findClusters)))
  const unsearched = found.flatMap((one) => one.unsearched)
  const blind = unsearched.filter(({ what }) => what === 'stacks')
  if (blind.length === regions.length) throw blind[0]!.error
  return { clusters: found.flatMap((one) => one.clusters), unsearched }
}

function listed({ buckets, keyPairs, name, region, stack }: Cluster): Listed {
  return {
    name,
    region,
    status: stack?.status ?? null,
    created: stack?.createdAt.toISOString() ?? null,
    ageSeconds: stack ? Math.max(0, Math.round(realClock.between(stack.createdAt) / 1000)) : null,
    url: (stack && masterUrl(stack.outputs)) ?? null,
    template: stack?.templateDigest?.slice(0, 12) ?? null,
    stack: stack?.arn ?? null,
    keyPairs,
    buckets,
  }
}

const HEADER = ['NAME', 'REGION', 'STATUS', 'CREATED', 'AGE', 'TEMPLATE']
/** Columns dropped on a narrow terminal, in this order. */
const SPARE = ['TEMPLATE', 'CREATED', 'AGE', 'REGION']

/** One row per cluster; the address goes below it if it does not fit. */
function rowsOf(list: Listed[], complete: Use['complete'], columns = Number.POSITIVE_INFINITY): string[] {
  const rows = list.map(({ ageSeconds, created, name, region, status, template }) => [
    name,
    region,
    status ?? '(no stack)',
    created?.slice(0, 16).replace('T', ' ') ?? '',
    ageSeconds === null ? '' : age(ageSeconds),
    template ?? '',
  ])
  const lines = (header: string[], of: string[][]) => table(header, of, columns, SPARE).trimEnd().split('\n')
  const urls = list.map(({ url }) => url ?? '')
  const withUrls = lines(
    [...HEADER, 'URL'],
    rows.map((row, index) => [...row, urls[index]!]),
  )
  const inRow = withUrls[0]!.includes('TEMPLATE') && withUrls.every((line) => line.length <= columns)
  const [head, ...own] = inRow ? withUrls : lines(HEADER, rows)
  return [
    head!,
    ...list.flatMap(({ buckets, keyPairs, name, region, status, url }, index) => [
      own[index]!,
      ...(!inRow && url ? [`  ${url}`] : []),
      ...(status === null
        ? [
            `  left over: ${[...keyPairs, ...buckets.map((bucket) => `s3://${bucket}`)].join(', ')}`,
            complete(`  next: npx task destroy cluster.name=${name} region=${region}`),
          ]
        : []),
    ]),
  ]
}

function age(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}
