import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { redactUrl } from '../../tasks/base/redact-url.ts'

const test = suite('base/redact-url')

test('the secret parts of a URL are removed, the rest is kept', () => {
  for (const [address, shown] of [
    ['https://me:s3cret@host:8443/dcos?X-Amz-Signature=s3cret#s3cret', 'https://host:8443/dcos?…'],
    ['HTTPS://me@host/dcos', 'https://host/dcos'],
    ['https://me:s3cret@ho st/dcos?s3cret', 'https://ho st/dcos?…'],
    ['ftp://me:s3cret@host/dcos', 'ftp://host/dcos'],
    ['s3://bucket/me@work', 's3://bucket/me@work'],
    ['file:///home/me@work/dcos', 'file:///home/me@work/dcos'],
    ['/home/me@work/dcos?', '/home/me@work/dcos?'],
    ['official:stable/single-master', 'official:stable/single-master'],
  ] as const)
    assert.is(redactUrl(address), shown)
  assert.is(redactUrl(new URL('http://me:s3cret@host/?s3cret')), 'http://host/?…')
})

test.run()
