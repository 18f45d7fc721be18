import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isObject, type Template } from '../../tasks/template/parse.ts'

/** The user data of a launch template as an instance gets it, its functions resolved with these values. */
export function userData(template: Template, launchTemplate: string, values: Record<string, string>): string {
  const data = template.Resources[launchTemplate]?.Properties?.LaunchTemplateData as {
    UserData: { 'Fn::Base64': unknown }
  }
  const render = (value: unknown): string => {
    if (!isObject(value)) return String(value)
    const [[name, argument]] = Object.entries(value) as [[string, never]]
    if (name === 'Fn::Join') return (argument[1] as unknown[]).map(render).join(argument[0])
    if (name === 'Fn::FindInMap') return template.Mappings![argument[0]]![argument[1]]![argument[2]] as string
    if (name === 'Fn::Sub') {
      return (argument as string).replace(/\$\{([^}]+)\}/g, (_, key: string) => {
        if (values[key] === undefined) throw new Error(`no value for ${key}`)
        return values[key]
      })
    }
    throw new Error(`not expected in user data: ${name}`)
  }
  return render(data.UserData['Fn::Base64'])
}

const credentials = {
  AccessKeyId: 'ASIAEXAMPLE',
  SecretAccessKey: 'abc/DEF+ghi==',
  Token: 'to/ken+with=signs==',
}

/** An instance's metadata service (version 2 only) and CloudFormation's endpoint, which is busy for the first calls. */
export async function instanceWorld(busy: number) {
  const signals: Record<string, string>[] = []
  const faults: string[] = []
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    const body = await text(request)
    const answer = (status: number, content = '') => response.writeHead(status).end(content)
    if (method === 'POST' && url === '/') {
      if (busy-- > 0) return answer(503)
      const expected = signatureOf(headers, body, credentials.SecretAccessKey)
      if (!headers.authorization?.endsWith(`Signature=${expected}`)) faults.push('signature does not match')
      if (headers['x-amz-security-token'] !== credentials.Token) faults.push('wrong session token')
      signals.push(Object.fromEntries(new URLSearchParams(body)))
      return answer(200)
    }
    if (method === 'PUT' && url === '/latest/api/token') {
      return headers['x-aws-ec2-metadata-token-ttl-seconds'] ? answer(200, 'session') : answer(400)
    }
    if (headers['x-aws-ec2-metadata-token'] !== 'session') {
      faults.push(`asked by version 1: ${url}`)
      return answer(401)
    }
    const known: Record<string, string> = {
      '/latest/meta-data/instance-id': 'i-0123456789abcdef0',
      '/latest/meta-data/iam/security-credentials/': 'dcos-MasterRole-1',
      '/latest/meta-data/iam/security-credentials/dcos-MasterRole-1': JSON.stringify(
        { Code: 'Success', ...credentials },
        null,
        2,
      ),
    }
    return url && known[url] ? answer(200, known[url]) : answer(404)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => new Promise((resolve) => server.close(resolve))
  return { address: `http://127.0.0.1:${port}`, signals, faults, close }
}

/** AWS: "Create a signed AWS API request", for what the request says about itself. */
function signatureOf(headers: IncomingMessage['headers'], body: string, secret: string): string {
  const sha256 = (data: string) => createHash('sha256').update(data).digest('hex')
  const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()
  const [, scope, signed] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+),/.exec(headers.authorization ?? '') ?? []
  const names = signed?.split(';') ?? []
  const canonical = [
    'POST',
    '/',
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    signed,
    sha256(body),
  ].join('\n')
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  const key = scope?.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`) ?? ''
  return hmac(key, text).toString('hex')
}

async function text(request: IncomingMessage): Promise<string> {
  let all = ''
  for await (const chunk of request) all += chunk
  return all
}
