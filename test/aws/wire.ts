import { Readable } from 'node:stream'
import { Aws } from '../../tasks/aws/clients.ts'

type Handler = ConstructorParameters<typeof Aws>[0]['handler']

/** Our clients, with a request handler instead of the network. */
export function awsThrough(handler: Handler): Aws {
  return new Aws({ region: 'eu-west-1', profile: undefined, endpoint: undefined, handler, count: () => {} })
}

/** A service on the wire that answers each request with XML. */
export function answering(
  answer: (request: { method: string; body?: unknown }) => { status: number; xml: string },
): Aws {
  return awsThrough({
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: { method: string; body?: unknown }) {
      const { status, xml } = answer(request)
      const body = Readable.from([Buffer.from(xml)])
      return { response: { statusCode: status, headers: { 'content-type': 'text/xml' }, body } }
    },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  })
}
