import { request } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openRehearsal } from '../../tasks/rehearsal/index.ts'
import { Log } from '../../tasks/rehearsal/state/log.ts'
import { rehearse } from './fixture.ts'

// What is served on this machine does not answer web pages, and rehearsed time runs on whatever happens to the clock.

const test = suite('rehearsal: who is answered')

const query = 'Action=DescribeStacks&Version=2010-05-15'
const credential = 'X-Amz-Credential=AKIA%2F20260101%2Feu-west-1%2Fcloudformation%2Faws4_request'
const authorization =
  'AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/cloudformation/aws4_request, Signature=x'

function ask(
  url: string,
  options: { method?: string; path?: string; headers?: Record<string, string>; body?: string },
) {
  const { body, headers = {}, method = 'POST', path = '/' } = options
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request(new URL(path, url), { method, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

test('AWS clients are answered; web pages (a link, another name, another origin, cross-site) are not', async () => {
  const { folder, remove } = rehearse()
  const { close, url } = await openRehearsal({ folder, speed: 2000, seed: 1, fail: [] }).listen(0)
  const { host, port } = new URL(url)
  const right = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
  assert.is((await ask(url, { headers: right, body: query })).status, 200)
  for (const name of ['localhost', '127.0.0.1', '[::1]', 'bucket.localhost'])
    assert.is(
      (await ask(url, { headers: { ...right, host: `${name}:${port}` }, body: query })).status,
      200,
      name,
    )
  const refusals: [string, Parameters<typeof ask>[1]][] = [
    ['credentials in the query of a link', { method: 'GET', path: `/?${query}&${credential}` }],
    ['a name that points here', { headers: { ...right, host: `evil.example:${port}` }, body: query }],
    ['a page of another origin', { headers: { ...right, origin: 'http://evil.example' }, body: query }],
    ['a page without an origin', { headers: { ...right, origin: 'null' }, body: query }],
    ['a request across sites', { headers: { ...right, 'sec-fetch-site': 'cross-site' }, body: query }],
    ['a body without end', { headers: { ...right, 'content-length': '1000000000' } }],
    ['an inherited name', { headers: right, body: 'Action=constructor&Version=2010-05-15' }],
    ['another inherited name', { headers: right, body: 'Action=__proto__&Version=2010-05-15' }],
  ]
  for (const [what, options] of refusals) {
    const { status, text } = await ask(url, options)
    assert.ok(status >= 400 && status < 500, `${what}: ${status}`)
    assert.match(text, /<Code>\w+<\/Code>/, what)
    assert.not.match(text, /StackId|function/, what)
  }
  assert.match(host, '127.0.0.1')
  await close()
  remove()
})

test('the rehearsed time continues from where it was when the clock is set back', () => {
  const { folder, remove } = rehearse()
  const { now } = Date
  const start = now()
  try {
    let clock = start
    Date.now = () => clock
    const log = new Log(folder)
    log.commit(() => ({
      change: { type: 'CreateBucket', bucket: 'b', region: 'eu-west-1' },
      answer: undefined,
    }))
    clock = start + 5_000
    assert.is(log.now(), start + 5_000)
    log.commit(() => ({ change: { type: 'DeleteBucket', bucket: 'b' }, answer: undefined }))
    clock = start - 86_400_000
    assert.is(new Log(folder).now(), start + 5_000, 'it continues from the last moment')
    clock += 2_000
    assert.is(log.now(), start + 7_000, 'in every process')
    assert.is(new Log(folder).now(), start + 7_000)
    clock = start + 60_000
    assert.ok(new Log(folder).now() >= start + 7_000, 'set right again, it continues')
  } finally {
    Date.now = now
    remove()
  }
})

test.run()
