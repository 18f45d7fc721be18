import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Failure } from '../../tasks/base/failure.ts'
import { dcosAt } from '../../tasks/dcos/http.ts'

const test = suite('redirects of DC/OS')

async function serve(handler: Parameters<typeof createServer>[1]): Promise<{ server: Server; url: string }> {
  const server = createServer(handler as never)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('the token is sent within the origin, and not to another port of the same host', async () => {
  const seen: Record<string, string | undefined> = {}
  const other = await serve((request, response) => {
    seen.other = request.headers.authorization
    response.end('{}')
  })
  const master = await serve((request, response) => {
    if (request.url === '/metadata') response.writeHead(302, { location: '/moved' }).end()
    else if (request.url === '/moved') {
      seen.same = request.headers.authorization
      response.end('{}')
    } else response.writeHead(302, { location: `${other.url}/x` }).end()
  })
  try {
    const dcos = dcosAt(master.url, { token: 'secret', timeoutMs: 3000 })
    await dcos.get('/metadata')
    await dcos.get('/elsewhere')
    assert.equal(seen, { same: 'token=secret', other: undefined })
    const posted = await dcos.post('/elsewhere', {}).catch((error: Failure) => error)
    assert.match((posted as Failure).why!, /redirects a POST/)
  } finally {
    master.server.close()
    other.server.close()
  }
})

test.run()
