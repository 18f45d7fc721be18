import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadConfig } from '../../config/load.ts'

const test = suite('the region')
const home = mkdtempSync(path.join(tmpdir(), 'region-'))
mkdirSync(path.join(home, '.aws'))
writeFileSync(
  path.join(home, '.aws/config'),
  '[default]\nregion = us-west-1\n[profile other]\nregion=eu-central-1 # ours\n[profile none]\noutput = json\n',
)
mkdirSync(path.join(home, 'config'))

async function regionOf(
  environment: Record<string, string>,
  {
    cloud = 'aws',
    file,
    overrides = [],
    packageRoot = home,
  }: {
    cloud?: string
    file?: string
    overrides?: { key: string; value: string }[]
    packageRoot?: string
  } = {},
): Promise<string> {
  writeFileSync(path.join(home, 'config/cluster.yaml'), 'region: eu-west-1\n')
  if (file !== undefined) writeFileSync(path.join(home, 'mine.yaml'), file)
  const loaded = await loadConfig({
    root: home,
    packageRoot,
    cwd: home,
    overrides: [{ key: 'cloud', value: cloud }, ...overrides],
    environment: { HOME: home, ...environment },
    ...(file === undefined ? {} : { file: 'mine.yaml' }),
  })
  return `${loaded.config.region} ${loaded.where('region') ?? 'default'}`
}

test('is taken from the line, AWS_REGION, a file, AWS_DEFAULT_REGION, the profile, the default, in this order', async () => {
  const all = { AWS_REGION: 'us-east-2', AWS_DEFAULT_REGION: 'us-east-1' }
  const word = [{ key: 'region', value: 'sa-east-1' }]
  assert.is(
    await regionOf(all, { overrides: word, file: 'region: eu-west-2\n' }),
    'sa-east-1 on the command line',
  )
  assert.is(await regionOf(all, { file: 'region: eu-west-2\n' }), 'us-east-2 AWS_REGION')
  const rest = { AWS_DEFAULT_REGION: 'us-east-1' }
  assert.match(await regionOf(rest, { file: 'region: eu-west-1\n' }), /^eu-west-1 mine.yaml/)
  assert.is(await regionOf(rest, { file: 'cloud: aws\n' }), 'us-east-1 AWS_DEFAULT_REGION')
  assert.is(await regionOf(rest), 'us-east-1 AWS_DEFAULT_REGION')
  // A project of its own has written its file itself.
  assert.match(await regionOf(rest, { packageRoot: '/package' }), /^eu-west-1 config/)
  assert.is(await regionOf({}), 'us-west-1 the profile default')
  assert.is(await regionOf({ AWS_PROFILE: 'other' }), 'eu-central-1 the profile other')
  assert.match(await regionOf({ AWS_PROFILE: 'none' }), /^eu-west-1 config/)
  assert.match(await regionOf({ HOME: '/nowhere' }), /^eu-west-1/)
  // AWS's own settings have no say in a rehearsal, nor can they break one.
  for (const wrong of [rest, { AWS_PROFILE: 'other' }, { AWS_DEFAULT_REGION: 'Ireland' }])
    assert.match(await regionOf(wrong, { cloud: 'rehearsal' }), /^eu-west-1 config/)
})

test('that is none is refused with the name of the place', async () => {
  const error = await regionOf({ AWS_DEFAULT_REGION: 'Ireland' }).catch((thrown) => thrown)
  assert.is(error.code, 'CONFIG_INVALID')
  assert.match(error.message, 'AWS_DEFAULT_REGION')
})

test.after(() => rmSync(home, { recursive: true }))

test.run()
