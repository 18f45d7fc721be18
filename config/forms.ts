// The forms of values: names, addresses, hashes, each with where its rule comes from.
// They also appear in the JSON Schema, so they only use what its regular expressions support.

/** AWS partitions spell their regions alike: eu-west-1, us-gov-west-1, eusc-de-east-1. */
export const REGION = /^[a-z]{2,5}(-[a-z]+){1,3}-[0-9]{1,2}$/
/** CreateStack, `StackName`: starts with a letter, then letters, digits and hyphens, at most 128 in all. */
export const STACK_NAME = /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/
/** Family, dot, size: m5.large, u-6tb1.metal, m7gd.metal-48xl. */
export const INSTANCE_TYPE = /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/
export const CIDR =
  /^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\/(3[0-2]|[12]?[0-9])$/
/** Giving the key itself instead of its path is a common mistake: OpenSSH's public key line begins with the key's type. */
export const PUBLIC_KEY_PATH = /^(?!(ssh|ecdsa|sk)-\S+\s).+$/
export const WEB = /^https?:\/\/[^\s/]+\S*$/
export const HTTPS = /^https:\/\/[^\s/]+\/\S+$/
/** Plain http only to this machine: anyone who can change a template in transit controls the account. */
export const LOCAL_HTTP = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?\/\S+$/
export const S3 = /^s3:\/\/[a-z0-9][a-z0-9.-]+\/\S+$/
/** The channel may have several parts (stable/1.13.9); the last part is the master setup (single-master …). */
export const OFFICIAL = /^official:[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/
/** Anything that does not look like a URL of some scheme. */
export const PATH = /^(?![A-Za-z][A-Za-z0-9+.-]+:\/\/|official:)[^\s].*$/
/** The same, without pypi:, for which only the locked version is allowed. */
export const CLI_PATH = /^(?![A-Za-z][A-Za-z0-9+.-]+:\/\/|official:|pypi:)[^\s].*$/
export const FILE_URL = /^file:\/\/\/\S+$/
export const SHA256 = /^[0-9a-fA-F]{64}$/
/**
 * CloudFormation, Parameters: "Each parameter must be given a logical name, which must be alphanumeric". Two names that
 * JavaScript objects have by themselves are refused, because valibot silently drops them from a record.
 */
export const PARAMETER_NAME = /^(?!(constructor|prototype)$)[a-zA-Z0-9]{1,255}$/
export const ROLE_ARN = /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/\S+$/
export const ANY = /^.+$/

/** A user name (useradd(8)), which also cannot be an option of ssh. */
export const SSH_USER = /^[a-z_][a-z0-9_-]{0,31}$/

export const IMAGE = /^ami-[0-9a-f]{8}([0-9a-f]{9})?$/
/** An SSM parameter's path. */
export const SSM_PARAMETER = /^ssm:\/[A-Za-z0-9_./-]+$/
export const VPC = /^vpc-[0-9a-f]{8,17}$/
export const SUBNETS = /^subnet-[0-9a-f]{8,17}(,subnet-[0-9a-f]{8,17})*$/
export const POLICY_ARN = /^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy\/\S+$/
/** It becomes part of the logical ids of its resources, whose names determine the role of a group of instances. */
export const POOL_NAME = /^(?!.*(master|public|bootstrap))[a-z][a-z0-9]{0,29}$/
/** Mesos, `--attributes`: `rack:abc;gpu:v100`. */
export const ATTRIBUTES = /^[A-Za-z0-9_.-]+:[A-Za-z0-9_.,/[\]-]+(;[A-Za-z0-9_.-]+:[A-Za-z0-9_.,/[\]-]+)*$/
/**
 * AWS, "Tag naming limits and requirements": letters and digits of any script, spaces and _ . : / = + - @, here by what is not among
 * them, as JSON Schema has no classes of letters; keys that begin with `aws:` are AWS's own.
 */
export const TAG_KEY = /^(?!aws:|dcos-bootstrap:)[^\t-\r!"#-*,;<>?[-^`{-~]{1,128}$/
export const TAG_VALUE = /^[^\t-\r!"#-*,;<>?[-^`{-~]{0,256}$/
