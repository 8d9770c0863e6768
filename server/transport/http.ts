// The HTTP server: who asks (address, session, origin), then where to: GraphQL, health, metrics, or the page.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { networkOf } from '../accounts/address.ts'
import { deviceLabelOf } from '../accounts/device-label.ts'
import { Refusal } from '../domain/errors.ts'
import type { Presence } from '../feed/presence.ts'
import type { Context } from '../graphql/context.ts'
import type { Health, HealthAnswer } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Authenticate } from './authentication.ts'
import type { SessionCookie } from './cookies.ts'
import type { GraphqlHttp } from './graphql-http.ts'
import type { Origins } from './origin.ts'
import type { Page } from './page.ts'
import { requestIdOf, requestIds } from './request-id.ts'
import { hasSecret } from './secret-parameters.ts'
import type { SecurityHeaders } from './security-headers.ts'
import { MS_PER_REQUEST, type Turns } from './turns.ts'

export interface HttpOptions {
  readonly graphql: GraphqlHttp
  readonly page: Page
  readonly health: Health
  readonly metrics: Metrics
  readonly authenticate: Authenticate
  readonly cookie: SessionCookie
  readonly origins: Origins
  readonly presence: Presence
  readonly turns: Turns
  readonly securityHeaders: SecurityHeaders
  /** Has a line for each request at the level `debug`. */
  readonly log: Pick<Logger, 'debug' | 'isLevelEnabled'>
  addressOf(request: IncomingMessage): string
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  onError(error: unknown, requestId?: string): void
}

const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const HEADER_BYTES = 16 * 1024

export function createHttpServer(options: HttpOptions): Server {
  const { graphql, page, health, metrics, authenticate, cookie, origins, presence, turns } = options
  const { log, addressOf, upgrade, onError } = options
  const { securityHeaders } = options

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    securityHeaders.set(request, response, path)
    switch (path) {
      case '/graphql':
        return serveGraphql(request, response)
      case '/health/live':
        return answerHealth(response, health.live())
      case '/health/ready':
        return answerHealth(response, health.ready())
      case '/metrics':
        return answer(response, 200, await metrics.text(), metrics.contentType)
      default:
        page(request, response, () => answer(response, 404, 'Not found\n'))
    }
  }

  async function serveGraphql(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (hasSecret(request)) {
      return refuse(response, 400, 'BAD_REQUEST', 'A token does not belong into a URL: send it as a header.')
    }
    // What can't be part of a URL is told apart here: the adapter below would answer 500, and with a stack.
    if (!URL.canParse(`http://${request.headers.host ?? ''}${request.url ?? ''}`)) {
      return refuse(response, 400, 'BAD_REQUEST', 'The Host header names no host.')
    }
    const authentication = await authenticate(request)
    const hasCookie = cookie.read(request) !== null
    // A foreign page may not act with somebody's cookie, nor plant one.
    if (!origins.mayUse(request) && request.headers.authorization === undefined) {
      return refuse(response, 403, 'FORBIDDEN', 'This origin may not use this server: see ALLOWED_ORIGINS.')
    }
    const cookies = cookie.writer(response)
    if (authentication.status === 'refused') {
      if (authentication.via === 'token') {
        return refuse(response, 401, 'UNAUTHENTICATED', 'That token is not, or no longer, good: call `enter`.')
      }
      // A cookie that is dead is of no use to anybody; the request goes on as nobody's.
      if (hasCookie) cookies.clear()
    }
    const viewer = authentication.status === 'somebody' ? authentication.viewer : null
    const meant = request.headers['recado-account']
    if (meant !== undefined && meant !== viewer?.account.id) {
      return refuse(
        response,
        401,
        'UNAUTHENTICATED',
        'This request was meant to be of another account: ask `me` who this is.',
      )
    }
    // Before all else that may set it: what enters or leaves has the last word.
    if (authentication.status === 'somebody' && viewer?.via === 'cookie') {
      cookie.renew(request, response, authentication.session)
    }
    const context: Context = {
      viewer,
      address: addressOf(request),
      device: deviceLabelOf(request.headers['user-agent']),
      operationId: null,
      cookies: request.headers.authorization === undefined ? cookies : null,
    }
    const owner = {
      sessionId: viewer?.sessionId ?? null,
      accountId: viewer?.account.id ?? null,
      address: context.address,
      connect: () => (viewer ? presence.connect(viewer.account) : null),
    }
    const counted = viewer?.account.id ?? networkOf(context.address)
    if (!turns.isTurnOf(counted)) await turns.wait(counted)
    turns.charge(counted, MS_PER_REQUEST)
    await graphql(request, response, { ...context, owner })
  }

  /** Never with what stands behind the path, which may be a document, nor with a header. */
  function logWhenDone(request: IncomingMessage, response: ServerResponse, requestId: string): void {
    const started = performance.now()
    const [path = '/'] = (request.url ?? '/').split('?', 1)
    // Now: once it is over, the request may have no socket any more.
    const address = addressOf(request)
    response.once('close', () => {
      const ms = Math.round(performance.now() - started)
      const { method } = request
      log.debug({ requestId, method, path, status: response.statusCode, ms, address }, 'answered')
    })
  }

  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 5_000,
      maxHeaderSize: HEADER_BYTES,
      noDelay: true,
      // To anything else than WebSocket nobody is upgraded: such a request (curl's and Java's h2c) is one as any other.
      shouldUpgradeCallback: request => request.headers.upgrade?.toLowerCase() === 'websocket',
    },
    (request, response) => {
      const requestId = requestIdOf(request)
      response.setHeader('X-Request-Id', requestId)
      if (log.isLevelEnabled('debug')) logWhenDone(request, response, requestId)
      requestIds
        .run(requestId, () => serve(request, response))
        .catch(error => {
          // Who it is can't be looked up for the moment.
          if (error instanceof Refusal && error.code === 'STORAGE_UNAVAILABLE' && !response.headersSent) {
            return refuse(response, 503, error.code, error.message)
          }
          onError(error, requestId)
          if (!response.headersSent) answer(response, 500, 'Internal server error\n')
          else response.destroy()
        })
    },
  )
  server.on('upgrade', upgrade)
  return server
}

function answerHealth(response: ServerResponse, { status, body }: HealthAnswer): void {
  answer(response, status, JSON.stringify(body), 'application/json; charset=utf-8')
}

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' })
  response.end(text)
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  answer(
    response,
    status,
    JSON.stringify({ errors: [{ message, extensions: { code } }] }),
    'application/json; charset=utf-8',
  )
}
