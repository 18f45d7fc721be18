import type { Aws } from './clients.ts'
import { callJson } from './json-call.ts'

/**
 * "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", counted in vCPUs (AWS CLI reference,
 * service-quotas get-aws-default-service-quota; EC2 User Guide, "On-Demand Instance quotas").
 */
export const STANDARD_VCPUS = 'L-1216C47A'

/** Whether a type counts against that quota. Other families (g, inf, p, trn, x …) have quotas of their own. */
export function isStandard(instanceType: string): boolean {
  return /^(a|c|d|h|im?|is|m|r|t|z)\d/.test(instanceType)
}

const SERVICE_QUOTAS = { name: 'servicequotas', target: 'ServiceQuotasV20190624' }

/** The account's quota with this code in the region; undefined if Service Quotas (or an emulator) does not know it. */
export async function ec2Quota(aws: Aws, code: string): Promise<number | undefined> {
  try {
    const input = { ServiceCode: 'ec2', QuotaCode: code }
    const answer = await callJson(aws, SERVICE_QUOTAS, 'GetServiceQuota', input)
    const value = (answer.Quota as { Value?: unknown } | undefined)?.Value
    return typeof value === 'number' ? value : undefined
  } catch (error) {
    if ((error as Error).name === 'NoSuchResourceException') return undefined
    throw error
  }
}
