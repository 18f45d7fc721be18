import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { Failure } from '../base/failure.ts'
import { parseIni } from '../base/ini.ts'

type Environment = Record<string, string | undefined>
type Profile = Record<string, string>
/** The profiles by name, and the names of the SSO sessions. */
type Profiles = Map<string, Profile> & { sessions: Set<string> }

/** How long to wait for a credential process, in milliseconds. */
const PROCESS_DEADLINE_MS = 10_000

const keys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']

/**
 * Refuses variables that cannot be sent, such as one copied with a line break. Throws CREDENTIALS_MISSING, without showing
 * any of their content.
 */
export function judgeVariables(environment: Environment): void {
  for (const name of keys) {
    // The secret is not sent, only used to sign: all that is known about it is that it is one line.
    const wrong = name === 'AWS_SECRET_ACCESS_KEY' ? /[\r\n]/ : /[^!-~]/
    const odd = wrong.exec(environment[name] ?? '')?.[0]
    if (odd === undefined) continue
    const what = /[\r\n]/.test(odd) ? 'a line break' : /\s/.test(odd) ? 'white space' : 'a character'
    throw new Failure('CREDENTIALS_MISSING', {
      message: `${name} contains ${what} that no AWS credential has`,
      next: `set ${name} again, without it`,
    })
  }
}

/**
 * Why the SDK found no credentials: it tries all sources and names none. Checks the variables and files that the SDK reads
 * (AWS SDKs and Tools Reference Guide, "Standardized credential providers"). `said` is the SDK's own message.
 */
export async function explainCredentials(
  environment: Environment,
  wanted: string | undefined,
  said: string,
  source: unknown,
): Promise<Failure> {
  const name = wanted || environment.AWS_PROFILE
  const found = await explain(environment, name, said)
  const { cause, code = 'CREDENTIALS_MISSING', next } = found
  const message =
    code === 'CREDENTIALS_EXPIRED'
      ? `the AWS credentials${name ? ` of the profile ${name}` : ''} have expired`
      : `no AWS credentials found${name ? ` for the profile ${name}` : ''}`
  return new Failure(code, { message, cause, next }, source)
}

interface Explanation {
  code?: 'CREDENTIALS_MISSING' | 'CREDENTIALS_EXPIRED'
  cause: string
  next: string
}

const CONFIGURE =
  'run aws configure, or set AWS_PROFILE (or aws.profile=NAME), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'

async function explain(
  environment: Environment,
  name: string | undefined,
  said: string,
): Promise<Explanation> {
  const [id, secret] = keys
  if (!name && Boolean(environment[id!]) !== Boolean(environment[secret!])) {
    const [there, missing] = environment[id!] ? [id, secret] : [secret, id]
    return { cause: `${there} is set, but ${missing} is not`, next: `set ${missing} as well` }
  }
  const token = environment.AWS_WEB_IDENTITY_TOKEN_FILE
  if (!name && token && !(await isFile(token)))
    return { cause: `there is no file ${token}`, next: 'correct AWS_WEB_IDENTITY_TOKEN_FILE, or unset it' }
  const profiles = await readProfiles(environment)
  if (!name && !profiles.has('default')) return { cause: said, next: CONFIGURE }
  return explainProfile(name ?? 'default', profiles, environment, said, [])
}

async function explainProfile(
  name: string,
  profiles: Profiles,
  environment: Environment,
  said: string,
  asked: string[],
): Promise<Explanation> {
  const profile = profiles.get(name)
  const edit = `correct the profile ${name} in ~/.aws/config`
  if (!profile) {
    const others = [...profiles.keys()]
    const there = others.length > 0 ? `there are ${others.join(', ')}` : 'there are none'
    const who = asked.length > 0 ? `, which the profile ${asked.at(-1)} names as its source_profile` : ''
    return {
      cause: `there is no profile ${name} in ~/.aws/config or ~/.aws/credentials${who}; ${there}`,
      next:
        asked.length > 0 ? `correct source_profile of ${asked.at(-1)}` : 'name another with aws.profile=NAME',
    }
  }
  if (asked.includes(name)) {
    const cycle = [...asked.slice(asked.indexOf(name)), name].join(' → ')
    return { cause: `source_profile is circular: ${cycle}`, next: edit }
  }
  if (profile.mfa_serial)
    return {
      cause: `the profile ${name} requires a code of the MFA device ${profile.mfa_serial}, and there is no terminal to enter it at`,
      next: `get a session first: eval "$(aws configure export-credentials --profile ${name} --format env)"`,
    }
  if (profile.web_identity_token_file && !(await isFile(profile.web_identity_token_file)))
    return {
      cause: `there is no file ${profile.web_identity_token_file}, which the profile ${name} names`,
      next: edit,
    }
  if (profile.source_profile && profile.source_profile !== name)
    return explainProfile(profile.source_profile, profiles, environment, said, [...asked, name])
  const session = profile.sso_session
  if (session && !profiles.sessions.has(session))
    return {
      cause: `the profile ${name} names the SSO session ${session}, and ~/.aws/config has no [sso-session ${session}]`,
      next: `aws configure sso --profile ${name}`,
    }
  if (profile.sso_start_url || session) {
    const expired = /expired/i.test(said)
    return {
      code: expired ? 'CREDENTIALS_EXPIRED' : 'CREDENTIALS_MISSING',
      cause: expired ? 'its SSO session has expired' : `there is no SSO session for the profile ${name}`,
      next: `aws sso login --profile ${name}`,
    }
  }
  if (profile.credential_process) return explainProcess(name, profile.credential_process, environment)
  if (Boolean(profile.aws_access_key_id) !== Boolean(profile.aws_secret_access_key)) {
    const missing = profile.aws_access_key_id ? 'aws_secret_access_key' : 'aws_access_key_id'
    return { cause: `the profile ${name} has no ${missing}`, next: `aws configure --profile ${name}` }
  }
  return { cause: said, next: CONFIGURE }
}

/** Runs the program once more, as the SDK does not pass on its output. */
async function explainProcess(name: string, command: string, environment: Environment): Promise<Explanation> {
  const { startChild } = await import('../base/child.ts')
  const child = startChild('/bin/sh', ['-c', command], { environment, stdio: 'read' }).timeout(
    PROCESS_DEADLINE_MS,
  )
  const { exitCode, stderr, stdout } = await child
  const called = `the credential_process of the profile ${name}`
  const first = stderr
    .split('\n')
    .find((line) => line.trim() !== '')
    ?.trim()
  const next = `run it by hand: ${command}`
  if (exitCode !== 0) {
    const how =
      exitCode === null
        ? `did not exit within ${PROCESS_DEADLINE_MS / 1000} s`
        : `exited with status ${exitCode}`
    return { cause: `${called} ${how}${first ? `: ${first}` : ''}`, next }
  }
  try {
    const { AccessKeyId, Expiration, SecretAccessKey } = JSON.parse(stdout) as Record<
      string,
      string | undefined
    >
    if (Expiration && Date.parse(Expiration) < Date.now())
      return {
        code: 'CREDENTIALS_EXPIRED',
        cause: `${called} returned credentials that expired at ${Expiration}`,
        next,
      }
    if (!AccessKeyId || !SecretAccessKey)
      return { cause: `${called} returned no AccessKeyId or no SecretAccessKey`, next }
  } catch {
    return { cause: `${called} printed no JSON`, next }
  }
  return { cause: `${called} returned credentials that cannot be used`, next }
}

/** The profiles of both files; ~/.aws/credentials takes precedence. */
async function readProfiles(environment: Environment): Promise<Profiles> {
  const home = environment.HOME ?? ''
  const read = (file: string) => readFile(file, 'utf8').then(parseIni, () => parseIni(''))
  const config = await read(environment.AWS_CONFIG_FILE || path.join(home, '.aws/config'))
  const credentials = await read(
    environment.AWS_SHARED_CREDENTIALS_FILE || path.join(home, '.aws/credentials'),
  )
  const profiles = Object.assign(new Map<string, Profile>(), { sessions: new Set<string>() })
  for (const [section, values] of config) {
    const name = section === 'default' ? section : /^profile (.+)$/.exec(section)?.[1]
    if (name !== undefined) profiles.set(name, { ...profiles.get(name), ...values })
    const session = /^sso-session (.+)$/.exec(section)?.[1]
    if (session !== undefined) profiles.sessions.add(session)
  }
  for (const [name, values] of credentials) profiles.set(name, { ...profiles.get(name), ...values })
  return profiles
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (facts) => facts.isFile(),
    () => false,
  )
}
