import { uuid } from '../state/chance.ts'

/** The words in which CloudFormation passes on what a service refused. */
export function handlerMessage(message: string, code: string, ...words: string[]): string {
  return `Resource handler returned message: "${message}" (RequestToken: ${uuid('token', ...words)}, HandlerErrorCode: ${code})`
}

/** What a stack's own event says of resources that failed. */
export function failedTo(verb: 'create' | 'update' | 'delete', resources: readonly string[]): string {
  return `The following resource(s) failed to ${verb}: [${resources.join(', ')}].`
}
