import { ACCOUNT } from '../stack/model.ts'
import { AwsError } from '../wire/errors.ts'
import type { JsonCall } from './call.ts'

/** The vCPU limit of an average account; AWS raises it with use, from 5 to thousands. */
const VCPUS = 512

/** Quotas of EC2 on running instances are counted in vCPUs (AWS: "Amazon EC2 quotas, On-Demand instances"). */
export function serviceQuotas(action: string, { input, region }: JsonCall): object {
  if (action !== 'GetServiceQuota') throw new AwsError('UnknownOperationException', '')
  const { ServiceCode, QuotaCode } = input
  if (ServiceCode !== 'ec2' || typeof QuotaCode !== 'string' || !/^L-[0-9A-F]{8}$/.test(QuotaCode)) {
    throw new AwsError(
      'NoSuchResourceException',
      'The request failed because the specified quota does not exist.',
    )
  }
  return {
    Quota: {
      ServiceCode,
      ServiceName: 'Amazon Elastic Compute Cloud (Amazon EC2)',
      QuotaArn: `arn:aws:servicequotas:${region}:${ACCOUNT}:ec2/${QuotaCode}`,
      QuotaCode,
      Value: VCPUS,
      Unit: 'None',
      Adjustable: true,
      GlobalQuota: false,
    },
  }
}
