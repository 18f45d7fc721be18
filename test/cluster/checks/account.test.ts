import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clock, identity, region } from '../../../tasks/cluster/checks/account.ts'
import { verdictOf } from '../../../tasks/cluster/checks/verdict.ts'
import { ec2Error, ec2List, examined } from './survey.ts'

const test = suite('doctor: identity, region, clock')

const unknownKey = ec2Error(
  'AuthFailure',
  'AWS was not able to validate the provided access credentials',
  401,
)
const invalidToken = {
  status: 403,
  body: '<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>',
}
const caller = {
  status: 200,
  body: '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
}
const optIn = (state: string) =>
  ec2List('DescribeRegions', 'regionInfo', [
    `<regionName>eu-south-1</regionName><optInStatus>${state}</optInStatus>`,
  ])

async function regionWith(answers: Parameters<typeof examined>[1], name = 'eu-south-1') {
  const { calls, close, survey } = await examined([`region=${name}`], answers)
  const found = await region(survey).catch(verdictOf)
  close()
  return { ...found, calls }
}

test('without a known key only the identity fails', async () => {
  const { close, survey } = await examined([], { GetCallerIdentity: invalidToken })
  const found = await identity(survey)
  assert.is(found.state, 'fail')
  assert.match(found.message, 'AWS does not accept these credentials')
  close()
})

test('a region that the account has enabled is well', async () => {
  assert.is((await regionWith({ DescribeRegions: optIn('opted-in') })).state, 'done')
})

test('a region that is not enabled answers as to a stranger: the home region knows better', async () => {
  const found = await regionWith({
    'eu-south-1 DescribeRegions': unknownKey,
    'us-east-1 DescribeRegions': optIn('not-opted-in'),
  })
  assert.is(found.state, 'fail')
  assert.match(found.message, 'the region eu-south-1 is not enabled in this account')
  assert.match((found as { next: string }).next, 'aws account enable-region --region-name eu-south-1')
  assert.equal(found.calls, ['eu-south-1 DescribeRegions', 'us-east-1 DescribeRegions'])
})

test('a region that does not exist is told by the home region, too', async () => {
  const found = await regionWith({ 'xx-north-9 DescribeRegions': unknownKey }, 'xx-north-9')
  assert.is(found.state, 'fail')
  assert.match(found.message, 'AWS has no region xx-north-9')
})

test('a key that nobody knows says nothing of the region; nor does a permission that is missing', async () => {
  const stranger = await regionWith({ DescribeRegions: unknownKey })
  assert.is(stranger.state, 'warn')
  assert.match(stranger.message, 'could not be checked: AWS does not accept these credentials')
  const denied = ec2Error('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403)
  const refused = await regionWith({ DescribeRegions: denied })
  assert.is(refused.state, 'warn')
  assert.equal(refused.calls, ['eu-south-1 DescribeRegions'])
})

test("a clock that is more than five minutes off fails, by the date of AWS's answer or of its refusal", async () => {
  for (const [seconds, state] of [
    [0, 'done'],
    [-40, 'done'],
    [120, 'warn'],
    [-299, 'warn'],
    [310, 'fail'],
    [-3600, 'fail'],
  ] as const) {
    for (const answer of [caller, invalidToken]) {
      const headers = { date: new Date(Date.now() - seconds * 1000).toUTCString() }
      const { close, survey } = await examined([], { GetCallerIdentity: { ...answer, headers } })
      const found = await clock(survey)
      close()
      assert.is(found.state, state, `${seconds} s: ${found.message}`)
      if (state === 'fail') assert.match(found.message, seconds < 0 ? 'behind' : 'ahead of')
    }
  }
})

test('an answer without a date says nothing of the clock', async () => {
  const { close, survey } = await examined([], { GetCallerIdentity: caller })
  assert.is((await clock(survey)).state, 'skipped')
  close()
})

test.run()
