import type { Agent } from 'node:http'
import type { DeserializeMiddleware, InitializeMiddleware } from '@smithy/types'
import { judgeVariables } from './credentials.ts'
import { lacksCredentials, translate, wordsOf } from './failures.ts'
import { Paging } from './paging.ts'
import { judgeReply, type Reply } from './reply.ts'
import { type Trace, traced } from './trace.ts'

/** Where AWS is called, and with whose credentials. */
interface AwsOptions {
  region: string
  /** A profile of ~/.aws; undefined leaves it to the SDK (AWS_PROFILE, environment, instance role). */
  profile: string | undefined
  /** Another endpoint for every service: an emulator. S3 is then addressed by path. */
  endpoint: string | undefined
  /** An SDK request handler instead of the network; its credentials come with it. */
  handler: unknown
  /** The user's variables, to explain why there are no credentials; the SDK reads them by itself. */
  environment?: Record<string, string | undefined>
  /** Goes through the user's proxy, if any. */
  agent?: Agent | undefined
  /** What else configures each client. */
  further?: object | undefined
  /** Called for every request that leaves the process, retries included, with `service:Operation`. */
  count(call: string): void
  /** Called with the result of each of them. */
  trace?: Trace | undefined
}

/** The clients of a run: created on first use, each counting its calls and turning errors into failures. */
export class Aws {
  readonly #clients = new Map<string, unknown>()
  /** Shared by all services and regions: a credential process or device is asked once, not once per client. */
  readonly #credentials: Credentials
  readonly #paging = new Paging()

  constructor(
    readonly options: AwsOptions,
    credentials: Credentials = {},
  ) {
    this.#credentials = credentials
  }

  /** The same for another region, with the same credentials; to be closed separately. */
  elsewhere(region: string): Aws {
    return new Aws({ ...this.options, region }, this.#credentials)
  }

  get region(): string {
    return this.options.region
  }

  /** The client of a service, created once. `make` gets the configuration that all clients share. */
  client<Client extends AnyClient>(service: string, make: (configuration: Configuration) => Client): Client {
    const known = this.#clients.get(service)
    if (known) return known as Client
    watchAbandoned()
    const client = make(this.#configuration())
    // The first client's own provider, which caches and renews; none is loaded before a client needs it.
    this.#credentials.provider ??= client.config.credentials
    this.#watch(service, client)
    this.#clients.set(service, client)
    return client
  }

  /** Closes the sockets. */
  close(): void {
    for (const client of this.#clients.values()) (client as AnyClient).destroy()
  }

  #configuration(): Configuration {
    const { agent, endpoint, environment = {}, further, handler, profile, region } = this.options
    if (!handler && !profile) judgeVariables(environment)
    const { provider } = this.#credentials
    const rehearsed = { accessKeyId: 'AKIAREHEARSAL', secretAccessKey: 'rehearsal' }
    return {
      region,
      maxAttempts: MAX_ATTEMPTS,
      // The SDK's own default, whatever AWS_DEFAULTS_MODE says: the timeouts are set here.
      defaultsMode: 'legacy',
      requestHandler: handler ?? {
        connectionTimeout: CONNECTION_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        // Otherwise it would only be logged to the console.
        throwOnRequestTimeout: true,
        socketTimeout: REQUEST_TIMEOUT_MS,
        ...(agent ? { httpAgent: agent, httpsAgent: agent } : {}),
      },
      ...(profile ? { profile } : {}),
      ...further,
      // A configured endpoint takes precedence over AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT.
      ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
      ...(endpoint || handler ? { useFipsEndpoint: false, useDualstackEndpoint: false } : {}),
      ...(handler || provider ? { credentials: provider ?? rehearsed } : {}),
    }
  }

  /** The failure for an error of a call, or the error itself if only the caller can judge it. */
  async explain(error: unknown, call: string): Promise<unknown> {
    const { endpoint, environment = {}, profile, region } = this.options
    if (!lacksCredentials(error)) return translate(error, { call, region, endpoint })
    const { explainCredentials } = await import('./credentials.ts')
    return explainCredentials(environment, profile, wordsOf(error), error)
  }

  #watch(service: string, client: AnyClient): void {
    const { count, endpoint, region, trace } = this.options
    const name = (context: Context) => (context.commandName ?? '').replace(/Command$/, '')
    const counting: DeserializeMiddleware<object, object> = (next, context) => async (request) => {
      const call = `${service}:${name(context)}`
      count(call)
      const answer = await next(request)
      const { method } = request.request as { method: string }
      await judgeReply(answer.response as Reply, { call, method, region, endpoint })
      return answer
    }
    const tracing: DeserializeMiddleware<object, object> = (next, context) => (request) => {
      const { headers } = request.request as { headers: Record<string, string> }
      const call = `${service}:${name(context)}`
      return traced(
        trace,
        { call, region, headers },
        () => next(request),
        ({ response }) => (response as Reply).statusCode,
      )
    }
    const wording: InitializeMiddleware<object, object> = (next, context) => async (request) => {
      const call = `${service}:${name(context)}`
      try {
        this.#paging.watch(request.input, { call, method: '', region, endpoint })
        return await next(request)
      } catch (error) {
        throw await this.explain(error, call)
      }
    }
    // Close to the wire: below the SDK's retries, so that each attempt is counted, and after signing, so that no request
    // is counted that was never sent. The response is checked before the SDK reads it.
    client.middlewareStack.add(counting, {
      step: 'deserialize',
      priority: 'low',
      name: 'countCalls',
    })
    // Above the deserializer, so that an error has its name.
    if (trace) client.middlewareStack.add(tracing, { step: 'deserialize', priority: 'high', name: 'trace' })
    client.middlewareStack.add(wording, { step: 'initialize', priority: 'high', name: 'wordFailures' })
  }
}

/** Whether promises that the SDK leaves unhandled are handled. */
let watching = false

/**
 * The SDK begins to resolve the source of a profile before it refuses the profile, and leaves that promise unhandled
 * (credential-provider-ini): Node would terminate the process for it.
 */
function watchAbandoned(): void {
  if (watching) return
  watching = true
  process.on('unhandledRejection', (reason) => {
    if ((reason as Error | undefined)?.name !== 'CredentialsProviderError') throw reason
  })
}

/** The SDK's own retries of throttled and cut requests, with its exponential backoff. */
const MAX_ATTEMPTS = 4
const CONNECTION_TIMEOUT_MS = 5_000
/** Until a response begins, and between two chunks of it. */
const REQUEST_TIMEOUT_MS = 30_000

/** Where credentials come from, once a client has found out. */
interface Credentials {
  provider?: unknown
}

type Context = { commandName?: string }

type AnyClient = {
  // biome-ignore lint/suspicious/noExplicitAny: every client has its own types; here only what they share matters.
  middlewareStack: { add(middleware: any, options: any): void }
  destroy(): void
  config: { credentials?: unknown }
}

// biome-ignore lint/suspicious/noExplicitAny: the clients' configuration types differ only in parts that are not set here.
type Configuration = any
