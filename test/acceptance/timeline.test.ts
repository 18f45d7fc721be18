import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PartChange } from '../../tasks/runner/task.ts'
import { optional } from '../optional.ts'
import { Browser, chromium } from './browser.ts'
import { Project } from './project.ts'

const test = suite('timeline')
const project = new Project()
const fast = 'rehearsal.speed=500'
const fail = "rehearsal.fail=[{resource: MasterServerGroup, reason: 'no <b>luck</b> today'}]"

/** The parts in the events of the last run. */
async function partsTold(): Promise<string[]> {
  const { events } = await project.run(['runs', 'show', '--json'])
  const changes = events.flatMap((event) => (event.event === 'progress' ? (event.parts ?? []) : []))
  return [...new Set(changes.map(({ part }: PartChange) => part))]
}

test('the last run, or a given one, is written to a page under .task or a given path; no foreign file is overwritten', async () => {
  assert.is((await project.run(['timeline'])).code, 2)
  assert.is((await project.run(['bootstrap', fast, fail])).code, 1)
  assert.ok((await partsTold()).length > 40)
  const { code, stdout } = await project.run(['timeline'])
  assert.is(code, 0)
  const file = stdout.trim()
  assert.match(file, /\/\.task\/runs\/\d{8}-\d{6}\.html$/)
  assert.is(statSync(file).mode & 0o777, 0o600)
  const page = readFileSync(file, 'utf8')
  assert.ok(page.length < 300_000, `${page.length}`)
  for (const part of await partsTold()) assert.ok(page.includes(`aria-label="${part}, `), part)
  assert.match(page, 'no &#60;b&#62;luck&#60;/b&#62; today')
  assert.is((await project.run(['timeline'])).stdout, stdout)

  const named = await project.run(['timeline', 'page.html'])
  assert.is(named.stdout.trim(), project.path('page.html'))
  assert.is((await project.run(['timeline', 'page.html'])).code, 0)
  writeFileSync(project.path('mine.html'), '<p>mine')
  const refused = await project.run(['timeline', 'mine.html'])
  assert.equal([refused.code, /already exists, with other content/.test(refused.stderr)], [2, true])
  assert.is(readFileSync(project.path('mine.html'), 'utf8'), '<p>mine')
  assert.is((await project.run(['timeline', 'mine.html', '-f'])).code, 0)
})

/** Text that is cut off by the edge of the window, or by its box without an ellipsis. */
const OUTSIDE = `[...document.querySelectorAll('body *')].filter((one) => {
  if (one.closest('details') && one.tagName !== 'SUMMARY') return false
  if (![...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) return false
  const { left, right, width } = one.getBoundingClientRect()
  return width > 0 && (left < 0 || right > innerWidth) && !one.closest('.name')
}).map((one) => one.textContent)`

/** Requests other than for the page itself, and its errors. */
function noiseOf({ events }: Browser): string[] {
  return events.flatMap(({ method, params }) => {
    if (method === 'Network.requestWillBeSent' && !/^(file|data):/.test(params.request.url))
      return [params.request.url]
    if (/^(Runtime.(exceptionThrown|consoleAPICalled)|Log.entryAdded)$/.test(method))
      return [JSON.stringify(params)]
    return []
  })
}

optional(
  test,
  [chromium],
  'a browser shows a bar for each task and resource, and the critical path; no external requests, nothing cut off',
  async () => {
    assert.is((await project.run(['bootstrap', fast, 'cluster.name=drawn'])).code, 0)
    const parts = await partsTold()
    assert.ok(parts.length > 50)
    const url = pathToFileURL((await project.run(['timeline'])).stdout.trim()).href
    for (const [width, dark] of [
      [1280, false],
      [400, true],
    ] as const) {
      const browser = await Browser.open(url, width, 900, dark)
      try {
        const bars: string[] = await browser.evaluate(
          `[...document.querySelectorAll('.bar')].filter((bar) => bar.getBoundingClientRect().width >= 2).map((bar) => bar.getAttribute('aria-label'))`,
        )
        for (const name of ['keypair', 'stack', 'wait', 'cli-install', 'cli-config', ...parts])
          assert.ok(
            bars.some((bar) => bar.startsWith(`${name}:`) || bar.startsWith(`${name}, `)),
            name,
          )
        assert.ok((await browser.evaluate(`document.querySelectorAll('.bar.critical').length`)) > 5)
        assert.ok((await browser.evaluate(`document.querySelectorAll('.signal').length`)) >= 7)
        assert.is(await browser.evaluate('document.documentElement.scrollWidth'), width)
        assert.equal(await browser.evaluate(OUTSIDE), [])
        // A bar's tooltip is shown when it has the focus.
        const shown = `getComputedStyle(document.querySelector('.part .bar'), '::after').display`
        assert.is(await browser.evaluate(shown), 'none')
        await browser.evaluate(`document.querySelector('.part .bar').focus()`)
        assert.is(await browser.evaluate(shown), 'block')
        assert.is(await browser.evaluate('document.documentElement.scrollWidth'), width)
        // Only the critical path, on demand.
        await browser.evaluate(`document.querySelector('#critical').click()`)
        const rows = await browser.evaluate(
          `[...document.querySelectorAll('.row')].filter((row) => row.offsetHeight > 0).length`,
        )
        assert.ok(rows > 5 && rows < parts.length / 2, `${rows} rows`)
        const page = await browser.evaluate('getComputedStyle(document.body).backgroundColor')
        assert.is(page === 'rgb(255, 255, 255)', !dark)
        assert.equal(noiseOf(browser), [])
      } finally {
        await browser.close()
      }
    }
  },
)

test.after(() => project.remove())

test.run()
