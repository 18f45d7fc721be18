import { uuid } from '../state/chance.ts'

/** CloudFormation's text for what a service refused. */
export function handlerMessage(message: string, code: string, ...words: string[]): string {
  return `Resource handler returned message: "${message}" (RequestToken: ${uuid('token', ...words)}, HandlerErrorCode: ${code})`
}

/** The text of a stack's own event about failed resources. */
export function failedTo(verb: 'create' | 'update' | 'delete', resources: readonly string[]): string {
  return `The following resource(s) failed to ${verb}: [${resources.join(', ')}].`
}
