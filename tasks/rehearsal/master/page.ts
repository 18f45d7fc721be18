import type { RehearsedCluster, RehearsedNode } from '../cluster.ts'
import { escapeHtml } from './answer.ts'
import { instancesOf, place } from './placement.ts'

const REFRESH_SECONDS = 5
const ROLES: Record<RehearsedNode['role'], string> = {
  master: 'master',
  agent: 'agent',
  agent_public: 'public agent',
}
const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2a3a;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #d7dee6}
.note{background:#fff4d6;color:#4d3b00;padding:.8rem 1rem;border-left:4px solid #d69e00}h2{margin-top:2rem}`

/** The page people see at the cluster's address: that it is a rehearsal, and what runs on it. */
export function page(cluster: RehearsedCluster, now: number): string {
  const { tasks, on, waiting } = place(cluster, now)
  const nodes = [...cluster.masters, ...cluster.agents].map((node) => [
    ROLES[node.role],
    node.host,
    node.publicIp,
    node.instance,
    node.zone,
    String(on.get(node)?.length ?? 0),
  ])
  const apps = cluster.apps.map((app) => {
    const running = tasks.filter((task) => task.app.id === app.id && task.running).length
    const state = waiting.has(app.id) ? 'no agent has room for all of it' : ''
    return [app.id, `${running}/${instancesOf(app)}`, state]
  })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<title>${escapeHtml(cluster.name)} (rehearsal)</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(cluster.name)}</h1>
<p class="note">This is a rehearsed cluster: it is on this machine alone. There is no DC/OS, no AWS and no bill behind it.</p>
<p>It tells of DC/OS ${escapeHtml(cluster.version)}, cluster ${escapeHtml(cluster.id)}.</p>
<h2>Nodes</h2>
${table(['Role', 'Address', 'Public address', 'Instance', 'Zone', 'Tasks'], nodes)}
<h2>Applications</h2>
${apps.length > 0 ? table(['Id', 'Running', ''], apps) : '<p>None yet. Add one with <code>npx task dcos -- marathon app add FILE</code>.</p>'}
</body>
</html>
`
}

function table(header: string[], rows: string[][]): string {
  const line = (tag: string, cells: string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`
  return `<table>\n${[line('th', header), ...rows.map((row) => line('td', row))].join('\n')}\n</table>`
}
