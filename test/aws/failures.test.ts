import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { translate } from '../../tasks/aws/failures.ts'
import type { Failure } from '../../tasks/base/failure.ts'

const test = suite('failures of AWS calls')
const place = { call: 'ec2:DescribeImages', region: 'eu-west-1', profile: undefined, endpoint: undefined }

test('every code for too many requests is throttling', () => {
  for (const name of [
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'RequestThrottledException',
    'EC2ThrottledException',
    'SlowDown',
    'TooManyRequestsException',
  ]) {
    const error = Object.assign(new Error('Rate exceeded'), { name, $metadata: { httpStatusCode: 400 } })
    assert.is((translate(error, place) as Failure).code, 'THROTTLED', name)
  }
})

test.run()
