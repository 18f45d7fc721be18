import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startRehearsal } from '../clouds/rehearsal.ts'
import { slow } from '../optional.ts'
import { Project } from './project.ts'

// HTTPS_PROXY, HTTP_PROXY and NO_PROXY, for every request.

const test = suite('proxies')
const project = new Project()
let seen: string[] = []
/** The address that the proxy uses for a host name that does not exist. */
const known = new Map<string, number>()
let proxy: Server
let url = ''

test.before(async () => {
  proxy = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url}`)
    const target = new URL(incoming.url!)
    const port = known.get(target.hostname)
    if (port === undefined) return outgoing.writeHead(502).end('no such host')
    const passed = request(
      {
        host: '127.0.0.1',
        port,
        path: target.pathname + target.search,
        method: incoming.method!,
        headers: { ...incoming.headers, host: `127.0.0.1:${port}` },
      },
      (answer: IncomingMessage) => {
        outgoing.writeHead(answer.statusCode!, answer.headers)
        answer.on('error', () => outgoing.destroy()).pipe(outgoing)
      },
    )
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  proxy.on('connect', ({ url: host }, socket) => {
    seen.push(`CONNECT ${host}`)
    // A command may end, and reset its connections, at any time.
    socket.on('error', () => socket.destroy())
    const port = known.get(host!.split(':')[0]!)
    if (port === undefined) return socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    const through = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      through.pipe(socket).pipe(through)
    })
    through.on('error', () => socket.destroy())
    socket.on('close', () => through.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
})

const aws = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'x' }

async function proxied(words: string[], environment: Record<string, string> = {}): Promise<string[]> {
  seen = []
  await project.run([...words, '--json'], {
    environment: { HTTPS_PROXY: url, HTTP_PROXY: url, ...aws, ...environment },
  })
  return seen
}

slow(
  test,
  'the CLI, a template, AWS and DC/OS are reached through it, except for hosts in NO_PROXY',
  async () => {
    const cases: [string[], string][] = [
      [
        ['cli-install', 'cli.url=https://downloads.invalid/dcos', `cli.sha256=${'0'.repeat(64)}`],
        'downloads.invalid:443',
      ],
      [['stack', 'template=https://templates.invalid/x.json'], 'templates.invalid:443'],
      [['clusters', 'cloud=aws', 'aws.endpoint=https://aws.invalid'], 'aws.invalid:443'],
      [['clusters', 'cloud=aws'], 'cloudformation.eu-west-1.amazonaws.com:443'],
    ]
    for (const [words, host] of cases) {
      assert.ok((await proxied(words)).includes(`CONNECT ${host}`), `${words.join(' ')}: ${seen.join(', ')}`)
      const spared = host.replace(/:.*/, '')
      assert.equal(
        (await proxied(words, { NO_PROXY: `.example,${spared}` })).filter((line) => line.includes(spared)),
        [],
      )
    }
  },
)

test('all requests for a cluster go through it, except those to this machine', async () => {
  const cloud = await startRehearsal(project, 'rehearsal.speed=2000')
  try {
    known.set('aws.invalid', Number(new URL(cloud.url).port))
    const far = [
      'cloud=aws',
      'aws.endpoint=http://aws.invalid',
      'cluster.name=far',
      'template=test.json',
      '--json',
    ]
    const { writeFileSync } = await import('node:fs')
    writeFileSync(
      project.path('test.json'),
      '{"Resources":{"A":{"Type":"AWS::SNS::Topic"}},"Outputs":{"DnsAddress":{"Value":"dcos.invalid"}}}',
    )
    const environment = { HTTP_PROXY: url, ...aws }
    seen = []
    const up = await project.run(['stack', ...far, 'rehearsal.speed=2000', 'agents.private=5'], {
      environment,
    })
    assert.is(up.code, 0, up.stdout)
    assert.ok(
      seen.length >= 3 && seen.every((line) => line.startsWith('POST http://aws.invalid/')),
      seen.join(),
    )
    seen = []
    await project.run(['status', ...far], { environment })
    assert.ok(
      seen.some((line) => line.startsWith('GET http://dcos.invalid/')),
      seen.join(),
    )
    const down = await project.run(['destroy', '--yes', ...far], { environment })
    assert.equal([down.code, down.end.left], [0, []], down.stdout)
    seen = []
    const near = ['cloud=aws', `aws.endpoint=${cloud.url}`, 'cluster.name=near', 'template=test.json']
    assert.is((await project.run(['clusters', ...near], { environment })).code, 0)
    assert.equal(seen, [])
  } finally {
    await cloud.stop()
  }
})

test.after(() => {
  proxy.closeAllConnections()
  proxy.close()
  project.remove()
})

test.run()
