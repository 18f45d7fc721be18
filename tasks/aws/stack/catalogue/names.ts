import type { Known } from './known.ts'

const BUCKET = /^AWS::S3::Bucket$/

/** Names and address ranges that are taken. */
export const nameCauses: readonly Known[] = [
  {
    // S3 API reference, "Error responses": BucketAlreadyOwnedByYou; words: issue hashicorp/terraform#20232.
    id: 'bucket-taken',
    words: /BucketAlreadyOwnedByYou|you already own it/i,
    advice: (_match, { again, physicalId }) =>
      `the bucket ${physicalId} is yours already, left from another stack: aws s3 rb s3://${physicalId || 'NAME'} if it is unused, or give it another name in the template, then ${again}`,
  },
  {
    // Issues 0x4447/0x4447_product_s3_email#41 ("NAME already exists"), s3tools/s3cmd#1079 (the code's own words).
    id: 'bucket-taken',
    types: BUCKET,
    words:
      /(?:^|")(\S+) already exists|BucketAlreadyExists|requested bucket name is not available|HandlerErrorCode: AlreadyExists/i,
    advice: (match, { again, physicalId }) =>
      `the bucket name ${match[1] ?? physicalId} is taken; bucket names are global: give it another, or none, in the template, then ${again}`,
  },
  {
    // Issues waterbear-cloud/paco#40, aws-samples/aws-genai-llm-chatbot#153.
    id: 'cidr-conflict',
    words:
      /The CIDR '([\d./:a-f]+)' (?:conflicts with another subnet|is invalid)|InvalidSubnet\.(?:Conflict|Range)|InvalidVpc\.Range/i,
    advice: (match, { again }) =>
      `the addresses ${match[1] ?? 'of the subnet'} overlap with another subnet's, or are outside the VPC's: give it a free range in the template, then ${again}`,
  },
  {
    // Issues stratospheric-dev/stratospheric#204, aws-samples/eb-php-wordpress#25 ("in stack …").
    id: 'already-exists',
    words:
      /(?:identifier '([^']+)'|(\S+)) already exists(?: in stack (arn:\S+?stack\/([^/]+)\S*))?|AlreadyExists/i,
    advice: (match, { again, logicalId }) => {
      const name = match[1] ?? match[2] ?? logicalId
      return match[4]
        ? `${name} belongs to the stack ${match[4]}: remove it there, or give it another name in the template, then ${again}`
        : `${name} exists already, created by hand or left by another stack: remove it, or give it another name in the template, then ${again}`
    },
  },
  {
    // Issue aerospike/aws-cloudformation#24.
    id: 'default-vpc',
    words: /No default VPC for this user|VPCIdNotSpecified|no default subnet/i,
    advice: (_match, { again, region }) =>
      `the account has no default VPC in ${region}: aws ec2 create-default-vpc --region ${region}, or name a VPC in the template, then ${again}`,
  },
]
