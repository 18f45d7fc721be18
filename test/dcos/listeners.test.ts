import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clockAt } from '../../tasks/base/clock.ts'
import { dcosAt } from '../../tasks/dcos/http.ts'

const test = suite('a long wait')

test('leaves no listeners on its signal, whatever the answers are', async () => {
  const server = createServer((_, response) => response.writeHead(503).end('busy'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const warnings: Error[] = []
  const note = (warning: Error) => warnings.push(warning)
  process.on('warning', note)
  const { signal } = new AbortController()
  const clock = clockAt(1_000_000)
  for (let poll = 0; poll < 40; poll++) {
    await dcosAt(url, { signal, timeoutMs: 3000 })
      .get('/x')
      .catch(() => undefined)
    await dcosAt('http://127.0.0.1:1', { signal, timeoutMs: 3000 })
      .get('/x')
      .catch(() => undefined)
    // Not valid in an HTTP header.
    await dcosAt(url, { signal, timeoutMs: 3000, token: 'line\nend' })
      .get('/x')
      .catch(() => undefined)
    await clock.sleep(1000, signal)
  }
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', note)
  server.close()
  assert.equal(
    warnings.map(({ name }) => name),
    [],
  )
})

test.run()
