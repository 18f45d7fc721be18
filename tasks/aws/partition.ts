/** AWS: "Regions and zones", partitions; `home` is a region that is enabled in all of the partition's accounts. */
const partitions = [
  { prefix: 'cn-', name: 'aws-cn', suffix: 'amazonaws.com.cn', home: 'cn-north-1' },
  { prefix: 'us-gov-', name: 'aws-us-gov', suffix: 'amazonaws.com', home: 'us-gov-west-1' },
  { prefix: 'eusc-', name: 'aws-eusc', suffix: 'amazonaws.eu', home: 'eusc-de-east-1' },
]
const usual = { name: 'aws', suffix: 'amazonaws.com', home: 'us-east-1' }

const partitionOf = (region: string) => partitions.find(({ prefix }) => region.startsWith(prefix)) ?? usual

/** The partition in the ARNs of a region: `aws`, `aws-cn` … */
export const partition = (region: string): string => partitionOf(region).name

/** The suffix of a region's endpoint names. */
export const dnsSuffix = (region: string): string => partitionOf(region).suffix

/** A region of the same partition that is enabled in every account. */
export const homeRegion = (region: string): string => partitionOf(region).home
