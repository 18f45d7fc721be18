/** The config keys that decide what the stack is to be, for the help of the tasks that only look at that. */
export const PLAN_KEYS = [
  'cloud',
  'region',
  'cluster',
  'agents',
  'installer',
  'image',
  'network',
  'access',
  'template',
  'parameters',
  'aws',
] as const
