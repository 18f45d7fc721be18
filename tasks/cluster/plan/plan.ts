import type { LoadedTemplate } from '../../template/load.ts'
import type { Automatic } from './settings.ts'

/** The stack as the config wants it. */
export interface StackPlan {
  loaded: LoadedTemplate
  capabilities: string[]
  /** The user's own. */
  tags: Record<string, string>
  /** The parameters that the config decides. */
  given: Record<string, string>
  /** Every parameter of the template with the value it is to have; except those in `automatic`. */
  all: Record<string, string>
  /** Parameters whose value is determined at creation, and then kept, with their kind. */
  automatic: Record<string, Automatic>
}
