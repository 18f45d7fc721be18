import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openerFor } from '../../tasks/dashboard.ts'
import { onPath, timed } from '../bench/measure.ts'
import { optional } from '../optional.ts'
import { Project } from './project.ts'
import { Terminal, tmux } from './tmux.ts'

const test = suite('dashboard')
const project = new Project()
const fast = 'rehearsal.speed=500'
const opened = project.path('opened')
let url = ''

/** A folder with a fake `xdg-open` that records its argument and exits with `status`. */
function browser(status: number): string {
  const folder = project.path(`browser-${status}`)
  mkdirSync(folder, { recursive: true })
  const file = path.join(folder, 'xdg-open')
  writeFileSync(file, `#!/bin/sh\necho "$@" >> ${opened}\nexit ${status}\n`)
  chmodSync(file, 0o755)
  return `${folder}:${process.env.PATH}`
}

test('without a running cluster there is no dashboard, and no cluster is created', async () => {
  const refused = await project.run(['dashboard', fast])
  assert.is(refused.code, 1)
  assert.is(refused.stdout, '')
  assert.match(refused.stderr, /^NOT_UP .*\n {2}why: .*\n {2}next: npx task bootstrap/)
  assert.is((await project.run(['status', fast])).code, 3)
})

test('without a terminal it prints the address, and serves the rehearsed master there until Ctrl-C', async () => {
  const up = await project.run(['bootstrap', '--json', fast])
  assert.is(up.code, 0, up.stdout)
  url = up.end.url
  for (const words of [[], ['--json']]) {
    const child = project.start(['dashboard', fast, ...words], {
      environment: { PATH: browser(0), DISPLAY: ':0' },
    })
    const [first] = await once(child.stdout!, 'data')
    const said = String(first).trim()
    assert.is(words.length === 0 ? said : JSON.parse(said).url, url)
    let page = ''
    while (page === '')
      page = await fetch(url).then(
        (answer) => answer.text(),
        () => '',
      )
    assert.match(page, /<html/)
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    assert.is(code, 130)
    assert.not.ok(existsSync(opened), 'no browser without a terminal')
  }
})

optional(test, [tmux], 'at a terminal with a display it opens the browser', async () => {
  url = (await project.run(['bootstrap', '--json', fast])).end.url
  for (const status of [0, 4]) {
    rmSync(opened, { force: true })
    const terminal = new Terminal(project, 100, 12, { DISPLAY: ':0' })
    try {
      // tmux passes its own PATH to every shell.
      terminal.shell(`PATH=${browser(status)}`)
      terminal.run(`dashboard ${fast}`)
      const screen = await terminal.shows(
        status === 0 ? /Ctrl-C stops it/ : /xdg-open exited with status 4; open the address yourself/,
      )
      assert.match(screen, new RegExp(`^${url}$`, 'm'))
      for (let look = 0; !existsSync(opened) && look < 200; look++) await sleep(50)
      assert.is(readFileSync(opened, 'utf8'), `${url}\n`)
      terminal.keys('C-c')
      await terminal.shows(/exit 1: 130\./)
    } finally {
      terminal.close()
    }
  }
})

const app = { id: '/shop/web', cmd: 'sleep 1', instances: 2, cpus: 0.5, mem: 512 }

/** Runs `body` while the rehearsed master is served, with an application on it. */
async function served(body: (base: string) => Promise<void>): Promise<void> {
  url ||= (await project.run(['bootstrap', '--json', fast])).end.url
  const child = project.start(['dashboard', fast])
  try {
    await once(child.stdout!, 'data')
    const apps = `${url}/service/marathon/v2/apps${app.id}`
    for (let status = 0; status !== 200 && status !== 201; await sleep(50)) {
      const sent = fetch(apps, { method: 'PUT', body: JSON.stringify(app) })
      status = await sent.then(
        (answer) => answer.status,
        () => 0,
      )
    }
    await body(url)
  } finally {
    child.kill('SIGINT')
    await once(child, 'close')
  }
}

test('the page says that it is a rehearsal, sends requests only to its own master, and all succeed', async () => {
  await served(async (base) => {
    const text = await (await fetch(base)).text()
    assert.match(text, 'This is a rehearsed cluster')
    assert.match(text, /content="default-src 'none';[^"]*connect-src 'self'"/)
    assert.not.match(text, /https?:|src=|href=|url\(|@import/)
    assert.ok(text.length < 8_000, `${text.length} bytes`)
    const [{ slaves }, { apps }, { tasks }, deployments] = await Promise.all(
      ['mesos/slaves', ...['apps', 'tasks', 'deployments'].map((what) => `service/marathon/v2/${what}`)].map(
        // biome-ignore lint/suspicious/noExplicitAny: the response is checked field by field.
        async (path): Promise<any> => (await fetch(`${base}/${path}`)).json(),
      ),
    )
    assert.is(slaves.length, 6)
    for (const { attributes, domain, hostname, resources, used_resources } of slaves) {
      assert.ok(attributes && domain.fault_domain.zone.name && hostname)
      for (const what of ['cpus', 'mem'])
        assert.equal([typeof resources[what], typeof used_resources[what]], ['number', 'number'])
    }
    assert.equal([apps[0].id, apps[0].instances, tasks.length], [app.id, 2, 2])
    assert.ok(Array.isArray(deployments))
  })
})

const chromium = onPath('chromium')

optional(test, [chromium ?? 'chromium'], 'a browser shows nodes, services and their resources', async () => {
  await served(async (base) => {
    const dump = ['--dump-dom', '--virtual-time-budget=5000', base]
    const { output } = await timed([chromium!, '--headless', '--no-sandbox', '--disable-gpu', ...dump])
    const shown = output
      .replace(/<(script|style)>[\s\S]*?<\/\1>/g, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
    assert.match(shown, /live .*agents 6 1 public tasks 2 all running CPU 8 % 1\/12 /, output)
    assert.match(shown, '/shop/web running 0.5 CPU, 512 MB each 2 of 2')
    assert.match(shown, 'none in progress')
    assert.is(output.match(/1 task</g)?.length, 2, shown)
  })
})

test('the program that opens a browser, if there is a display', () => {
  assert.is(openerFor('darwin', {}), 'open')
  assert.is(openerFor('linux', { DISPLAY: ':0' }), 'xdg-open')
  assert.is(openerFor('linux', { WAYLAND_DISPLAY: 'wayland-0' }), 'xdg-open')
  assert.is(openerFor('linux', { DISPLAY: '' }), undefined)
})

test.after(() => project.remove())

test.run()
