import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parseIni } from '../tasks/base/ini.ts'

/** The region that AWS's own tools use if none is given, and where it is set. */
export interface FoundRegion {
  region: string
  /** The variable or profile. */
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
  const sections = parseIni(text)
  const region = (sections.get(`profile ${name}`) ?? (name === 'default' ? sections.get(name) : undefined))
    ?.region
  return region ? { region, where: `the profile ${name}` } : undefined
}
