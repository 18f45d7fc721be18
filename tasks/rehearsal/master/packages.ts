import type { Answer, Ask } from './answer.ts'
import { objectIn } from './answer.ts'

/**
 * What follows /package/: Cosmos, whose repository is empty here since DC/OS's own is gone from the internet.
 * It calls an unknown package a bad request, and its clients read its message from a 400 alone.
 */
export function packages(ask: Ask, path: string): Answer | undefined {
  if (path === 'list') return cosmos('list-response', { packages: [] })
  if (path === 'search') return cosmos('search-response', { packages: [] })
  if (path !== 'describe' && path !== 'install') return undefined
  const name = String(objectIn(ask.body)?.packageName ?? '')
  return cosmos(
    'error',
    { type: 'PackageNotFound', message: `Package [${name}] not found`, data: { packageName: name } },
    400,
  )
}

function cosmos(kind: string, value: object, status = 200): Answer {
  const type = `application/vnd.dcos.package.${kind}+json;charset=utf-8;version=v1`
  return { status, headers: { 'content-type': type }, body: JSON.stringify(value) }
}
