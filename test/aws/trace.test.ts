import { Readable } from 'node:stream'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Aws } from '../../tasks/aws/clients.ts'
import { callJson } from '../../tasks/aws/json-call.ts'
import { traceText } from '../../tasks/aws/trace.ts'

const test = suite('aws/trace')

/** A new one each time, as it can be read only once. */
const answer = (statusCode: number, body: string) => ({
  statusCode,
  headers: { 'content-type': 'text/xml' },
  body: Readable.from([Buffer.from(body)]),
})
type Answer = ReturnType<typeof answer>
const error = (status: number, code: string) =>
  answer(
    status,
    `<ErrorResponse><Error><Code>${code}</Code><Message>SECRET</Message></Error></ErrorResponse>`,
  )
const identity = () =>
  answer(
    200,
    '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn><UserId>u</UserId><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
  )

/** The trace of a call whose attempts are answered with these in turn; an Error is a broken connection. */
async function traceOf(answers: (Answer | Error)[], call = whoAmI): Promise<string[]> {
  const lines: string[] = []
  const handle = async () => {
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return { response: answer }
  }
  const aws = new Aws({
    region: 'eu-west-1',
    profile: undefined,
    endpoint: undefined,
    handler: { handle, destroy: () => {} },
    count: () => {},
    trace: (request) => lines.push(traceText(request)),
  })
  await call(aws).catch(() => {})
  aws.close()
  return lines.map((line) => line.replace(/\d+ ms/, 'N ms'))
}

async function whoAmI(aws: Aws): Promise<unknown> {
  return aws
    .client('sts', (configuration) => new STSClient(configuration))
    .send(new GetCallerIdentityCommand({}))
}

test('each attempt is traced, with its status and error code, and none of its content', async () => {
  const cut = Object.assign(new Error('SECRET'), { code: 'ECONNRESET' })
  assert.equal(await traceOf([error(400, 'Throttling'), cut, identity()]), [
    'sts:GetCallerIdentity 400 Throttling in N ms',
    'sts:GetCallerIdentity ECONNRESET in N ms, attempt 2',
    'sts:GetCallerIdentity 200 in N ms, attempt 3',
  ])
  assert.equal(await traceOf([error(403, 'AccessDenied')]), [
    'sts:GetCallerIdentity 403 AccessDenied in N ms',
  ])
})

test('a request without a client of its own is traced too', async () => {
  const ask = (aws: Aws) => callJson(aws, { name: 'ssm', target: 'AmazonSSM' }, 'GetParameters', {})
  assert.equal(await traceOf([answer(200, '{"Parameters":[]}')], ask), ['ssm:GetParameters 200 in N ms'])
  assert.equal(await traceOf([answer(400, '{"__type":"com.amazonaws.ssm#AccessDeniedException"}')], ask), [
    'ssm:GetParameters 400 AccessDeniedException in N ms',
  ])
})

test.run()
