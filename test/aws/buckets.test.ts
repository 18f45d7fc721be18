import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { emptyBucket } from '../../tasks/aws/buckets.ts'
import { Aws } from '../../tasks/aws/clients.ts'
import type { Failure } from '../../tasks/runner/failure.ts'

const test = suite('aws/buckets')

/** A bucket that answers every deletion with success and still lists its object. */
function stubborn(): Aws {
  const listed =
    '<ListVersionsResult><Version><Key>stays</Key><VersionId>1</VersionId></Version></ListVersionsResult>'
  const handler = {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle({ method }: { method: string }) {
      const body = Buffer.from(method === 'GET' ? listed : '<DeleteResult></DeleteResult>')
      return { response: { statusCode: 200, headers: { 'content-type': 'application/xml' }, body } }
    },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  }
  return new Aws({ region: 'eu-west-1', profile: undefined, endpoint: undefined, handler, count: () => {} })
}

test('an object that does not go ends the emptying, rather than being deleted for ever', async () => {
  const { signal } = new AbortController()
  const failure: Failure = await emptyBucket(stubborn(), 'full', signal).then(
    () => assert.unreachable(),
    (error) => error,
  )
  assert.is(failure.code, 'STACK_DELETE_FAILED')
  assert.match(failure.why!, /"stays".* was deleted, and is still listed/)
})

test.run()
