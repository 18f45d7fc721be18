import { type ChildProcess, spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DescribeInstanceAttributeCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { $ } from 'zx/core'

const here = path.resolve('test/boot')
const region = 'eu-west-1'

interface Booting {
  /** Where the rehearsal is served. */
  endpoint: string
  /** The folder of its state, from which it reads the consoles. */
  rehearsal: string
  /** What is to fail: a line `NAME WORD… : what it prints` per stand-in. */
  plan?: string[]
  /** Boots only the instances of groups whose logical ids match; all by default. */
  only?: RegExp
  /** A step with a limit of this many minutes exceeds it at once; other limits are generous, for a busy machine. */
  overdue?: number
  /** An address that the metadata service of these groups lacks. */
  silent?: RegExp
}

let worlds = 0

/** Boots what a rehearsed stack launches: each instance runs its user data as root in its own network and mount namespaces. */
export class BootWorld {
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'boot-'))
  private readonly id = `b${process.pid % 10_000}x${worlds++}`
  private readonly children: ChildProcess[] = []
  private readonly namespaces: string[] = []
  private readonly known = new Set<string>()
  private readonly instances: Record<string, unknown> = {}
  private readonly ec2: EC2Client
  private readonly proxy: http.Server
  private watching: NodeJS.Timeout | undefined
  private closed = false

  private constructor(private readonly how: Booting) {
    const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'x' }
    this.ec2 = new EC2Client({ region, endpoint: how.endpoint, credentials })
    this.proxy = http.createServer((request, response) => {
      const { host, port } = new URL(how.endpoint)
      const upstream = http.request(
        { port, method: request.method, path: request.url, headers: { ...request.headers, host } },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(response)
        },
      )
      upstream.on('error', () => response.destroy())
      request.pipe(upstream)
    })
  }

  static async open(how: Booting): Promise<BootWorld> {
    const world = new BootWorld(how)
    await world.begin()
    return world
  }

  private async begin(): Promise<void> {
    const { folder } = this
    mkdirSync(path.join(this.how.rehearsal, 'consoles'), { recursive: true })
    writeFileSync(path.join(folder, 'instances.json'), '{}')
    writeFileSync(path.join(folder, 'plan'), (this.how.plan ?? []).map((line) => `${line}\n`).join(''))
    const names = ['s3', 'cloudformation'].map((service) => `${service}.${region}.amazonaws.com`)
    writeFileSync(path.join(folder, 'hosts'), `127.0.0.1 localhost\n10.0.0.1 ${names.join(' ')}\n`)
    const san = names.map((name) => `DNS:${name}`).join(',')
    await $({
      quiet: true,
    })`openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=aws -addext ${`subjectAltName=${san}`} -keyout ${path.join(folder, 'key.pem')} -out ${path.join(folder, 'cert.pem')}`
    await new Promise<void>((resolve) => this.proxy.listen(path.join(folder, 'aws.sock'), resolve))
    const hub = await this.namespace('hub')
    // With a fixed address: otherwise it takes that of a new port, and nodes keep sending to the old one.
    await this.ip('-n', hub, 'link', 'add', 'bridge', 'address', '02:00:00:00:00:01', 'type', 'bridge')
    await this.ip('-n', hub, 'addr', 'add', '10.0.0.1/16', 'dev', 'bridge')
    await this.ip('-n', hub, 'addr', 'add', '169.254.169.254/32', 'dev', 'bridge')
    await this.ip('-n', hub, 'link', 'set', 'bridge', 'up')
    const gateway = spawn('ip', [
      'netns',
      'exec',
      hub,
      process.execPath,
      path.join(here, 'gateway.js'),
      folder,
    ])
    this.children.push(gateway)
    gateway.stderr.on('data', (text) => appendFileSync(path.join(folder, 'gateway.err'), text))
    await new Promise((resolve, reject) => {
      gateway.stdout.once('data', resolve)
      gateway.once('exit', () => reject(new Error(this.read('gateway.err'))))
    })
    const look = () => {
      if (!this.closed) this.watching = setTimeout(() => this.look().then(look, look), 200)
    }
    look()
  }

  private async look(): Promise<void> {
    const { Reservations = [] } = await this.ec2.send(new DescribeInstancesCommand({}))
    for (const { Instances = [] } of Reservations)
      for (const { InstanceId = '', PrivateIpAddress, PublicIpAddress, State, Tags = [] } of Instances) {
        const group = Tags.find(({ Key }) => Key === 'aws:cloudformation:logical-id')?.Value ?? ''
        if (State?.Name !== 'running' || this.known.has(InstanceId) || !PrivateIpAddress) continue
        if (this.how.only && !this.how.only.test(group)) continue
        this.known.add(InstanceId)
        const silent = this.how.silent?.test(group) ?? false
        await this.boot({
          id: InstanceId,
          address: PrivateIpAddress,
          publicIp: PublicIpAddress,
          group,
          silent,
        })
      }
  }

  private async boot(node: {
    id: string
    address: string
    publicIp: string | undefined
    group: string
    silent: boolean
  }): Promise<void> {
    const { address, id } = node
    const command = new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: 'userData' })
    const { UserData } = await this.ec2.send(command)
    const script = Buffer.from(UserData?.Value ?? '', 'base64').toString()
    const data = path.join(this.folder, `${id}.sh`)
    writeFileSync(data, script)
    this.instances[address] = node
    // Renamed, because the gateway may be reading it.
    const draft = path.join(this.folder, 'instances.draft')
    writeFileSync(draft, JSON.stringify(this.instances))
    renameSync(draft, path.join(this.folder, 'instances.json'))
    // The load balancer of the masters resolves to the first of them.
    if (/master/i.test(node.group)) appendFileSync(path.join(this.folder, 'masters'), `${address}\n`)
    const balancer = /EXHIBITOR='([^']+)'/.exec(script)?.[1]
    if (balancer) writeFileSync(path.join(this.folder, 'balancer'), balancer)
    const index = this.namespaces.length
    const space = await this.namespace(`n${index}`)
    const [inside, outside] = ['eth0', `port${index}`]
    await this.ip(
      '-n',
      this.namespaces[0]!,
      'link',
      'add',
      outside,
      'type',
      'veth',
      'peer',
      'name',
      inside,
      'netns',
      space,
    )
    await this.ip('-n', this.namespaces[0]!, 'link', 'set', outside, 'master', 'bridge', 'up')
    await this.ip('-n', space, 'addr', 'add', `${address}/16`, 'dev', inside)
    await this.ip('-n', space, 'link', 'set', inside, 'up')
    await this.ip('-n', space, 'route', 'add', '169.254.169.254', 'dev', inside)
    const unshare = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private']
    const words = [
      path.join(here, 'node.sh'),
      this.folder,
      id,
      this.how.rehearsal,
      data,
      path.dirname(process.execPath),
    ]
    const child = spawn('ip', [
      'netns',
      'exec',
      space,
      ...unshare,
      'bash',
      ...words,
      String((this.how.overdue ?? 0) * 60),
    ])
    child.stdout.on('data', (text) => appendFileSync(path.join(this.folder, `${id}.out`), text))
    child.stderr.on('data', (text) => appendFileSync(path.join(this.folder, `${id}.out`), text))
    this.children.push(child)
  }

  /** The console output of all instances. */
  transcript(): string {
    const said = [...this.known].map((id) => {
      const console = path.join(this.how.rehearsal, 'consoles', id)
      return `== ${id}\n${this.read(console)}${this.read(`${id}.out`)}`
    })
    return [...said, this.read('gateway.err')].join('\n')
  }

  private read(file: string): string {
    const whole = path.resolve(this.folder, file)
    return existsSync(whole) ? readFileSync(whole, 'utf8') : ''
  }

  private async namespace(name: string): Promise<string> {
    const space = `${this.id}${name}`
    await this.ip('netns', 'add', space)
    this.namespaces.push(space)
    await this.ip('-n', space, 'link', 'set', 'lo', 'up')
    return space
  }

  private async ip(...words: string[]): Promise<void> {
    await $({ quiet: true })`ip ${words}`
  }

  async close(): Promise<void> {
    this.closed = true
    clearTimeout(this.watching)
    for (const child of this.children) child.kill('SIGKILL')
    for (const space of this.namespaces) {
      await $({ quiet: true, nothrow: true })`ip netns pids ${space} | xargs -r kill -9`
      await $({ quiet: true, nothrow: true })`ip netns del ${space}`
    }
    this.proxy.close()
    this.proxy.closeAllConnections()
    this.ec2.destroy()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
