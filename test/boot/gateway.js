// What an instance sees of AWS: its metadata service (version 2 only) at 169.254.169.254, and AWS's endpoints over HTTPS. Runs in the
// network namespace of the switch, and passes AWS requests on to a Unix socket, because sockets of files belong to no network.
// node gateway.js FOLDER — FOLDER holds instances.json (by address), key.pem, cert.pem, and receives the requests.
const { readFileSync } = require('node:fs')
const http = require('node:http')
const https = require('node:https')
const path = require('node:path')

const folder = process.argv[2]
const credentials = JSON.stringify({
  Code: 'Success',
  AccessKeyId: 'ASIAEXAMPLE',
  SecretAccessKey: 'abc/DEF+ghi==',
  Token: 'to/ken+with=signs==',
})

http
  .createServer((request, response) => {
    const address = request.socket.remoteAddress.replace('::ffff:', '')
    const instance = JSON.parse(readFileSync(path.join(folder, 'instances.json'), 'utf8'))[address]
    const answer = (status, body = '') => response.writeHead(status).end(body)
    if (!instance) return answer(404)
    if (request.method === 'PUT' && request.url === '/latest/api/token')
      return request.headers['x-aws-ec2-metadata-token-ttl-seconds']
        ? answer(200, `session-${address}`)
        : answer(400)
    // IMDSv2 is required: without a session token there is no answer.
    if (request.headers['x-aws-ec2-metadata-token'] !== `session-${address}`) return answer(401)
    const known = {
      'instance-id': instance.id,
      'local-ipv4': instance.silent ? undefined : address,
      'public-ipv4': instance.publicIp,
      'iam/security-credentials/': 'role',
      'iam/security-credentials/role': credentials,
    }
    const value = known[request.url.replace('/latest/meta-data/', '')]
    return value === undefined ? answer(404) : answer(200, value)
  })
  .listen(80, '169.254.169.254')

https
  .createServer(
    { key: readFileSync(path.join(folder, 'key.pem')), cert: readFileSync(path.join(folder, 'cert.pem')) },
    (request, response) => {
      const { headers, method, url } = request
      const upstream = http.request(
        { socketPath: path.join(folder, 'aws.sock'), method, path: url, headers },
        (answer) => {
          response.writeHead(answer.statusCode, answer.headers)
          answer.pipe(response)
        },
      )
      upstream.on('error', () => response.destroy())
      request.pipe(upstream)
    },
  )
  .listen(443, '10.0.0.1', () => console.log('ready'))
