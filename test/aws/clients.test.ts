import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Aws } from '../../tasks/aws/clients.ts'
import { callJson } from '../../tasks/aws/json-call.ts'
import { Failure } from '../../tasks/base/failure.ts'
import { type SilentFront, startSilentFront } from '../clouds/silent.ts'

const test = suite('AWS clients')
const HALF_A_MINUTE = 30_000
const { setTimeout } = globalThis
const { warn } = console
const variables = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'x' }
const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
let silent: SilentFront
let warnings: unknown[]
/** Ends every current wait of half a minute. */
let passHalfAMinute = () => {}

test.before(async () => {
  silent = await startSilentFront()
  Object.assign(process.env, variables)
  console.warn = (...words: unknown[]) => warnings.push(words)
})

test.before.each(() => {
  warnings = []
  let waits: (() => void)[] = []
  globalThis.setTimeout = ((callback: () => void, ms?: number) => {
    const timer = setTimeout(callback, ms)
    if (ms === HALF_A_MINUTE) {
      waits.push(() => {
        clearTimeout(timer)
        callback()
      })
    }
    return timer
  }) as typeof setTimeout
  passHalfAMinute = () => {
    const over = waits
    waits = []
    for (const end of over) end()
  }
})

test.after.each(() => {
  globalThis.setTimeout = setTimeout
})

/** Makes a call that is never answered, lets half a minute pass for each attempt, and returns the failure. */
async function unanswered(attempts: number, call: (aws: Aws) => Promise<unknown>): Promise<Failure> {
  const counted: string[] = []
  const aws = new Aws({
    region: 'eu-west-1',
    profile: undefined,
    endpoint: silent.url,
    handler: undefined,
    count: (name) => counted.push(name),
  })
  try {
    const asked = silent.held
    const outcome = call(aws).then(
      () => new Error('it was answered'),
      (thrown: unknown) => thrown,
    )
    for (let attempt = 1; attempt <= attempts; attempt++) {
      await silent.waiting(asked + attempt)
      passHalfAMinute()
      assert.equal(warnings, [])
    }
    const thrown = await outcome
    assert.instance(thrown, Failure, String(thrown))
    assert.is(counted.length, attempts)
    return thrown as Failure
  } finally {
    aws.close()
  }
}

// Following a stack continues after such a failure.
test('an unanswered request counts as lost and is retried, with no output on the console', async () => {
  const failure = await unanswered(4, (aws) =>
    aws.client('sts', (configuration) => new STSClient(configuration)).send(new GetCallerIdentityCommand({})),
  )
  assert.is(failure.code, 'ENDPOINT_UNREACHABLE')
  assert.match(failure.why ?? '', /^a request has exceeded the configured 30000 ms/)
  const service = { name: 'ssm', target: 'AmazonSSM' }
  const once = await unanswered(1, (aws) => callJson(aws, service, 'GetParameters', {}))
  assert.is(once.code, 'ENDPOINT_UNREACHABLE')
})

test.after(() => {
  console.warn = warn
  silent.stop()
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

test.run()
