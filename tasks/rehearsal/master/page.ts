import type { RehearsedCluster } from '../cluster.ts'
import { escapeHtml } from './answer.ts'

const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--text:#17212b;--dim:#5c6b7a;--line:#dfe4ea;--track:#e8ecf1;--ok:#15803d;--busy:#b45309;--bar:#2563eb;--note:#fef3c7;--noted:#713f12}
@media(prefers-color-scheme:dark){:root{--bg:#0f151c;--card:#18212b;--text:#e6ecf2;--dim:#93a3b3;--line:#2a3643;--track:#2a3643;--ok:#4ade80;--busy:#fbbf24;--bar:#60a5fa;--note:#3a2e0b;--noted:#fde68a}}
*{box-sizing:border-box}
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:80rem;padding:1.2rem 1rem 3rem;background:var(--bg);color:var(--text)}
header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.2rem .9rem}
h1{font-size:1.6rem;margin:0;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:1.8rem 0 .6rem}
h2 small,.dim{color:var(--dim);font-weight:400}
#live{margin-left:auto;color:var(--dim)}
#live::before{content:"●";color:var(--ok);margin-right:.35rem}
.gone #live::before{color:var(--busy)}
.gone main{opacity:.5}
.note{background:var(--note);color:var(--noted);border-radius:.5rem;padding:.55rem .8rem;margin:.8rem 0}
.cards,.nodes{display:grid;gap:.7rem;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr))}
.nodes{grid-template-columns:repeat(auto-fill,minmax(10.5rem,1fr))}
.many{gap:.4rem;grid-template-columns:repeat(auto-fill,minmax(9.8rem,1fr));font-size:.8rem}
.nodes .row{white-space:nowrap}
.card,.box{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.6rem .8rem}
.many .card{padding:.35rem .5rem}
.big{font-size:1.5rem}
.row{display:flex;justify-content:space-between;gap:.5rem;font-variant-numeric:tabular-nums}
.bar{height:.4rem;border-radius:.2rem;background:var(--track);overflow:hidden;margin:.15rem 0 .3rem}
.bar i{display:block;height:100%;background:var(--bar)}
.bar i.full{background:var(--busy)}
.box{padding:.2rem .8rem}
details,.line{border-bottom:1px solid var(--line);padding:.5rem 0}
.box>:last-child{border:0}
summary{cursor:pointer}
summary .row{display:inline-flex;flex-wrap:wrap;width:calc(100% - 1.4rem);vertical-align:top}
.id{overflow-wrap:anywhere;flex:1 1 14rem}
summary .row>:last-child{min-width:5.5rem;text-align:right}
.ok{color:var(--ok)}.busy{color:var(--busy)}
.tasks{display:flex;flex-wrap:wrap;gap:.2rem 1rem;padding:.5rem 0 0 1.2rem}`

/** Runs in the browser: shows, as text only, the answers of DC/OS's own endpoints. */
const SCRIPT = `
const $ = (id) => document.getElementById(id)
const el = (kind, ...inside) => {
  const [tag, ...names] = kind.split('.')
  const made = document.createElement(tag)
  made.className = names.join(' ')
  made.append(...inside)
  return made
}
const get = async (path) => {
  const answer = await fetch(path)
  if (!answer.ok) throw new Error(answer.status)
  return answer.json()
}
const sum = (all, of) => all.reduce((total, one) => total + of(one), 0)
const short = (n) => +n.toFixed(n < 10 ? 2 : 0)
const amount = { cpus: (used, all) => short(used) + '/' + short(all), mem: (used, all) => short(used / 1024) + '/' + short(all / 1024) + ' GB' }
const bar = (used, total) => {
  const fill = el(used > total * 0.9 ? 'i.full' : 'i')
  fill.style.width = Math.min(100, total && (100 * used) / total) + '%'
  return el('div.bar', fill)
}
const use = (name, what, used, total) => [
  el('div.row', el('span.dim', name), amount[what](used[what], total[what])), bar(used[what], total[what])]
const card = (name, value, ...more) => el('div.card', el('div.dim', name), el('div.big', value), ...more)
const fill = (id, ...inside) => $(id).replaceChildren(...inside)
const open = new Set()
function service(app, tasks) {
  const waits = app.instances - app.tasksRunning - app.tasksStaged
  const [how, state] = waits > 0 ? ['busy', 'no agent has the resources for ' + waits] : app.deployments.length ? ['busy', 'deploying'] : ['ok', 'running']
  const line = el('summary', el('div.row', el('span.id', el('b', app.id), ' ', el('span.' + how, state)), el('span.dim', app.cpus + ' CPU, ' + app.mem + ' MB each'), el('b', app.tasksRunning + ' of ' + app.instances)))
  const list = tasks.map((task) => el('span', task.host + ' ', el('span.dim', task.state.slice(5).toLowerCase())))
  const made = el('details', line, el('div.tasks', ...(list.length ? list : ['no task yet'])))
  made.open = open.has(app.id)
  made.ontoggle = () => made.open ? open.add(app.id) : open.delete(app.id)
  return made
}
function node({ hostname, attributes, domain, resources, used_resources: used }, tasks) {
  return el('div.card', el('div.row', el('b', hostname), attributes.public_ip ? 'public' : ''),
    el('div.row.dim', domain.fault_domain.zone.name, el('span', tasks + (tasks === 1 ? ' task' : ' tasks'))),
    ...use('CPU', 'cpus', used, resources), ...use('memory', 'mem', used, resources))
}
function draw([{ slaves }, { apps }, { tasks }, deployments]) {
  const running = tasks.filter((task) => task.state === 'TASK_RUNNING').length
  const whole = (name, what) => {
    const [used, all] = ['used_resources', 'resources'].map((of) => sum(slaves, (one) => one[of][what]))
    return card(name, Math.round((100 * used) / (all || 1)) + ' %', el('div.dim', amount[what](used, all)), bar(used, all))
  }
  const open = slaves.filter((one) => one.attributes.public_ip).length
  fill('cards', card('agents', slaves.length, el('div.dim', open + ' public')),
    card('tasks', running, el('div.dim', tasks.length - running ? tasks.length - running + ' starting' : 'all running')),
    whole('CPU', 'cpus'), whole('memory', 'mem'))
  fill('deployments', ...(deployments.length ? deployments.map((one) => el('div.line', el('b', one.affectedApps.join(', ')), ' ',
    el('span.dim', one.currentActions.map((it) => it.action.replace(/(.)([A-Z])/g, '$1 $2').toLowerCase()).join(', ') + ' · step ' + one.currentStep + ' of ' + one.totalSteps)))
    : [el('div.line.dim', 'none in progress')]))
  fill('services', ...(apps.length ? apps.map((app) => service(app, tasks.filter((task) => task.appId === app.id)))
    : [el('div.line.dim', 'none yet: npx task deploy app.json')]))
  const on = new Map()
  for (const { slaveId } of tasks) on.set(slaveId, (on.get(slaveId) ?? 0) + 1)
  $('nodes').classList.toggle('many', slaves.length > 40)
  fill('nodes', ...slaves.map((one) => node(one, on.get(one.id) ?? 0)))
}
const marathon = '/service/marathon/v2/'
const paths = ['/mesos/slaves', marathon + 'apps', marathon + 'tasks', marathon + 'deployments']
let shown
async function look() {
  try {
    const found = await Promise.all(paths.map(get))
    const text = JSON.stringify(found)
    if (text !== shown) draw(found)
    shown = text
    document.body.className = ''
    fill('live', 'live')
  } catch (error) {
    document.body.className = 'gone'
    fill('live', error.message === '401' ? 'login required: npx task nodes' : 'not being served: npx task dashboard')
  }
  setTimeout(look, document.hidden ? 10000 : 2000)
}
look()`

/** The page at the cluster's address: that it is a rehearsal, and live what runs on it. */
export function page(cluster: RehearsedCluster): string {
  const name = escapeHtml(cluster.name)
  const masters = cluster.masters.map(({ host, zone }) => escapeHtml(`${host} (${zone})`)).join(', ')
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';style-src 'unsafe-inline';script-src 'unsafe-inline';connect-src 'self'">
<title>${name} (rehearsal)</title>
<style>${STYLE}</style>
<header><h1>${name}</h1><span class="dim">DC/OS ${escapeHtml(cluster.version)}, cluster ${escapeHtml(cluster.id)}</span><span id="live">loading</span></header>
<p class="note"><b>This is a rehearsed cluster</b> on this machine only: no DC/OS, no AWS and no bill is behind it.</p>
<main><div id="cards" class="cards"></div>
<h2>Services</h2><div id="services" class="box"></div>
<h2>Deployments</h2><div id="deployments" class="box"></div>
<h2>Nodes <small>${cluster.masters.length === 1 ? 'master' : 'masters'} ${masters}</small></h2><div id="nodes" class="nodes"></div></main>
<script>${SCRIPT}</script>
</html>
`
}
