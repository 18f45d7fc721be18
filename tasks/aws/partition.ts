/** AWS: "Regions and zones", partitions; the regions in which a partition's accounts always are. */
const partitions = [
  { prefix: 'cn-', name: 'aws-cn', suffix: 'amazonaws.com.cn', home: 'cn-north-1' },
  { prefix: 'us-gov-', name: 'aws-us-gov', suffix: 'amazonaws.com', home: 'us-gov-west-1' },
  { prefix: 'eusc-', name: 'aws-eusc', suffix: 'amazonaws.eu', home: 'eusc-de-east-1' },
]
const usual = { name: 'aws', suffix: 'amazonaws.com', home: 'us-east-1' }

const partitionOf = (region: string) => partitions.find(({ prefix }) => region.startsWith(prefix)) ?? usual

/** As in the ARNs of a region: `aws`, `aws-cn` … */
export const partition = (region: string): string => partitionOf(region).name

/** What the names of a region's endpoints end in. */
export const dnsSuffix = (region: string): string => partitionOf(region).suffix

/** A region of the same partition that is enabled in every account. */
export const homeRegion = (region: string): string => partitionOf(region).home
