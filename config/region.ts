import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** Where AWS's own tools look for the region when nobody names one, and what they find there. */
export interface FoundRegion {
  region: string
  /** As the user calls the place: a variable, or a profile. */
  where: string
}

/**
 * The region of AWS_DEFAULT_REGION, else that of the profile in ~/.aws/config (AWS CLI User Guide, "Configuration and credential
 * file settings"). Undefined when neither names one.
 */
export async function findRegion(
  environment: Record<string, string | undefined>,
  profile: string | undefined,
): Promise<FoundRegion | undefined> {
  if (environment.AWS_DEFAULT_REGION)
    return { region: environment.AWS_DEFAULT_REGION, where: 'AWS_DEFAULT_REGION' }
  const name = profile || environment.AWS_PROFILE || 'default'
  const file = environment.AWS_CONFIG_FILE || (environment.HOME && path.join(environment.HOME, '.aws/config'))
  const text = file ? await readFile(file, 'utf8').catch(() => '') : ''
  const region = settingOf(
    text,
    name === 'default' ? ['default', 'profile default'] : [`profile ${name}`],
    'region',
  )
  return region === undefined ? undefined : { region, where: `the profile ${name}` }
}

/** The value of a key in one of the named sections of an ini file. */
function settingOf(text: string, sections: string[], key: string): string | undefined {
  let section = ''
  let found: string | undefined
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1]
    if (head !== undefined) section = head.replace(/\s+/g, ' ')
    const [, name, value] = /^([\w-]+)\s*=\s*(.*)$/.exec(line) ?? []
    if (name === key && sections.includes(section)) found = value!.replace(/\s[#;].*$/, '').trim()
  }
  return found || undefined
}
