import { Failure } from '../../base/failure.ts'
import { checkKeyPair } from '../access/key-pair.ts'
import { findOwnAddress } from '../plan/own-address.ts'
import { parameterFor } from '../plan/settings.ts'
import type { Survey } from './survey.ts'
import { done, failed, type Verdict, warn } from './verdict.ts'

/** A prefix shorter than this admits more than any one organisation. */
const WIDEST_PREFIX = 8

/** Whether the SSH key can be read, and matches the key pair of the cluster's name in EC2, if there is one. */
export async function key({ use }: Survey): Promise<Verdict> {
  const found = await checkKeyPair(use)
  if (found.state === 'refused') return failed(found.failure)
  if (found.state === 'done') return done(found.why)
  const { publicKey } = use.config.access
  const which = publicKey === 'auto' ? 'your key of ~/.ssh, or a new one' : publicKey
  return done(`${found.why} yet; bootstrap imports ${which}`)
}

/** Which addresses may administer the cluster. */
export async function adminLocation(survey: Survey): Promise<Verdict> {
  const { use } = survey
  const plan = await survey.plan()
  const name = parameterFor('adminLocation', (one) => one in plan.all || one in plan.automatic)
  if (name === undefined) return warn('the template has no parameter for who may administer the cluster')
  if (name in plan.automatic) {
    try {
      return done(`${await findOwnAddress(use)}, the address of this machine`)
    } catch (error) {
      if (error instanceof Failure) return failed(error)
      throw error
    }
  }
  const place = plan.all[name] ?? ''
  const bits = Number(place.split('/')[1])
  if (bits >= WIDEST_PREFIX) return done(place)
  return warn(
    `${place}: ${bits === 0 ? 'anyone on the internet' : 'a large part of the internet'} can reach the masters, and run anything on an open DC/OS`,
    'set access.adminLocation=auto, or your own range',
  )
}
