// Reads the first message of a challenge server, a stranger's WebSocket that may sleep, lie or be gone. The address
// comes from the operator, never from a client. Out goes the message with its times, or a Refusal CHALLENGE_* that
// says which way it failed; every step is told as it happens.
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { type RawData, WebSocket } from 'ws'
import { Refusal } from '../domain/errors.ts'

/** What has just been done; `waking`: nothing has, and the server seems to be asleep. `secure` is TLS. */
export type ProbeStepName = 'lookup' | 'connect' | 'secure' | 'upgrade' | 'message' | 'close' | 'waking'

export interface ProbeStep {
  readonly step: ProbeStepName
  /** Milliseconds since the start. */
  readonly atMs: number
  /** Milliseconds since the step before it; of `waking`: how long it has been waiting. */
  readonly tookMs: number
  /** The address that was found or connected to, the TLS version, bytes of the message, the close code. */
  readonly detail?: string
}

/** As the schema's `ProbeResult`. */
export interface ProbeResult {
  readonly url: string
  readonly message: string
  /** Milliseconds from the start to the open socket. */
  readonly connectMs: number
  /** Milliseconds from the open socket to the message. */
  readonly messageMs: number
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Which way a reading failed; `extensions.reason` beside the code. */
export type ProbeFailure =
  | 'unknown-host'
  | 'refused'
  | 'no-route'
  | 'closed'
  | 'redirect'
  | 'status'
  | 'tls'
  | 'not-websocket'
  | 'open-timeout'
  | 'message-timeout'
  | 'binary'
  | 'too-large'
  | 'empty'
  | 'broken-frame'
  | 'other'

export interface ProbeOptions {
  /** `ws:` or `wss:`, without a fragment. */
  url: string
  /** For look-up, connection and upgrade together. 0: no limit. */
  openTimeoutMs: number
  /** From the open socket to the whole message. Default 5,000. */
  messageTimeoutMs?: number
  /** The longest message. Default 65,536. */
  maxBytes?: number
  /** Milliseconds since 1970, for `at` and for how long answers are kept. Default `Date.now`. */
  clock?: () => number
  /** After how long, and then how often, a server that opens nothing is called `waking`. Default 3,000. */
  wakingEveryMs?: number
}

export interface Probe {
  /**
   * Reads the message. Callers at the same time share one connection, and an answer is kept for 5 seconds (a failure
   * for 1), so that nobody can have the challenge server hammered.
   *
   * @param onStep gets the steps, also those that were done before this caller joined; none of a kept answer
   * @throws Refusal CHALLENGE_UNREACHABLE (unknown host, refused, closed, redirect, status …), CHALLENGE_TIMEOUT,
   * CHALLENGE_INVALID (binary, too large, empty, broken frame), with `details.reason`; DRAINING after `close`
   */
  read(onStep?: (step: ProbeStep) => void): Promise<ProbeResult>
  /** Ends a reading that is under way; later ones are refused. */
  close(): void
}

const KEEP_ANSWER_MS = 5000
const KEEP_FAILURE_MS = 1000
/** How long a server that has given its message may take to close properly before its socket is destroyed. */
const CLOSE_TIMEOUT_MS = 1000

/** One reading that is under way: whoever joins late is told the steps so far. */
interface Flight {
  readonly steps: ProbeStep[]
  readonly listeners: ((step: ProbeStep) => void)[]
  readonly result: Promise<ProbeResult>
  abort(reason: Refusal): void
}

export function createProbe(options: ProbeOptions): Probe {
  const clock = options.clock ?? Date.now
  let flight: Flight | null = null
  let kept: { result: Promise<ProbeResult>; from: number; keepMs: number } | null = null
  let closed = false

  function start(): Flight {
    const started = startReading(options, clock)
    flight = started
    const keep = (keepMs: number) => {
      flight = null
      kept = { result: started.result, from: clock(), keepMs }
    }
    started.result.then(
      () => keep(KEEP_ANSWER_MS),
      () => keep(KEEP_FAILURE_MS),
    )
    return started
  }

  return {
    read(onStep) {
      if (closed) return Promise.reject(new Refusal('DRAINING'))
      if (flight === null && kept !== null) {
        const age = clock() - kept.from
        // A clock that was set back must not keep an answer for hours.
        if (age >= 0 && age < kept.keepMs) return kept.result
      }
      const current = flight ?? start()
      if (onStep !== undefined) {
        for (const step of current.steps) onStep(step)
        current.listeners.push(onStep)
      }
      return current.result
    },
    close() {
      closed = true
      flight?.abort(new Refusal('DRAINING'))
    },
  }
}

/**
 *  lookup ─▶ connect ─▶ secure (wss) ─▶ upgrade ─▶ message ─▶ close ─▶ resolved
 *  └────── openTimeoutMs ─────────────┘└ messageTimeoutMs ┘└ 1 s, then destroyed
 * A failure at any place before the message destroys the socket and rejects; after the message nothing rejects.
 */
function startReading(options: ProbeOptions, clock: () => number): Flight {
  const { url, openTimeoutMs, messageTimeoutMs = 5000, maxBytes = 65_536, wakingEveryMs = 3000 } = options
  const { promise: result, resolve, reject } = Promise.withResolvers<ProbeResult>()
  const steps: ProbeStep[] = []
  const listeners: ((step: ProbeStep) => void)[] = []
  const startedAt = performance.now()
  let lastAt = 0
  let openAt: number | null = null
  let answer: ProbeResult | null = null
  let settled = false
  const timers: NodeJS.Timeout[] = []

  const sinceStart = () => performance.now() - startedAt

  function tell(name: ProbeStepName, detail?: string): void {
    const atMs = sinceStart()
    const step: ProbeStep = {
      step: name,
      atMs: Math.round(atMs),
      tookMs: Math.round(atMs - lastAt),
      ...(detail === undefined ? {} : { detail }),
    }
    if (name !== 'waking') lastAt = atMs
    steps.push(step)
    for (const listener of listeners) listener(step)
  }

  const socket = new WebSocket(url, {
    followRedirects: false,
    perMessageDeflate: false,
    maxPayload: maxBytes,
    finishRequest(request: ClientRequest) {
      request.once('socket', follow)
      request.end()
    },
  })

  function follow(tcp: Socket): void {
    // A look-up of several addresses tells of each, and a literal address of none.
    tcp.once('lookup', (error, address) => {
      if (error === null) tell('lookup', String(address))
    })
    tcp.once('connect', () => tell('connect', `${tcp.remoteAddress ?? ''} ${tcp.remotePort ?? ''}`.trim()))
    tcp.once('secureConnect', () => tell('secure', (tcp instanceof TLSSocket && tcp.getProtocol()) || 'TLS'))
  }

  function finish(settle: () => void): void {
    if (settled) return
    settled = true
    for (const timer of timers) clearTimeout(timer)
    socket.terminate()
    settle()
  }

  const fail = (refusal: Refusal) => finish(() => reject(refusal))
  const done = (read: ProbeResult) => finish(() => resolve(read))

  function opened(): void {
    openAt = sinceStart()
    for (const timer of timers.splice(0)) clearTimeout(timer)
    tell('upgrade')
    timers.push(
      setTimeout(
        () =>
          fail(
            refusal(
              'CHALLENGE_TIMEOUT',
              'message-timeout',
              `It opened, but sent no message in ${messageTimeoutMs} ms.`,
            ),
          ),
        messageTimeoutMs,
      ),
    )
  }

  function received(data: RawData, isBinary: boolean): void {
    if (answer !== null || settled) return
    if (isBinary) return fail(refusal('CHALLENGE_INVALID', 'binary', 'It sent a binary message, not a text.'))
    const message = data.toString()
    if (message === '') return fail(refusal('CHALLENGE_INVALID', 'empty', 'It sent an empty message.'))
    const connectMs = Math.round(openAt ?? 0)
    const read = { url, message, connectMs, messageMs: Math.round(sinceStart()) - connectMs, at: clock() }
    answer = read
    for (const timer of timers.splice(0)) clearTimeout(timer)
    tell('message', String(Buffer.byteLength(message)))
    socket.close(1000)
    timers.push(setTimeout(() => done(read), CLOSE_TIMEOUT_MS))
  }

  socket.on('open', opened)
  socket.on('message', received)
  socket.on('unexpected-response', (_request, response) => {
    const status = response.statusCode ?? 0
    const location = response.headers.location
    response.destroy()
    if (status >= 300 && status < 400 && location !== undefined) {
      fail(
        refusal(
          'CHALLENGE_UNREACHABLE',
          'redirect',
          `It redirects elsewhere (HTTP ${status}); redirects are not followed.`,
          { status },
        ),
      )
    } else {
      fail(
        refusal('CHALLENGE_UNREACHABLE', 'status', `It answered HTTP ${status} instead of opening a WebSocket.`, {
          status,
        }),
      )
    }
  })
  socket.on('error', error => {
    // After the message its way of closing is its own affair.
    if (answer === null) fail(explain(error))
  })
  socket.on('close', code => {
    if (answer !== null) {
      if (!settled) tell('close', String(code))
      done(answer)
    } else {
      fail(
        refusal('CHALLENGE_UNREACHABLE', 'closed', `It closed (code ${code}) before sending a message.`, {
          closeCode: code,
        }),
      )
    }
  })

  if (openTimeoutMs > 0) {
    timers.push(
      setTimeout(
        () => fail(refusal('CHALLENGE_TIMEOUT', 'open-timeout', `It did not open a WebSocket in ${openTimeoutMs} ms.`)),
        openTimeoutMs,
      ),
    )
  }
  timers.push(setInterval(() => tell('waking'), wakingEveryMs))

  return { steps, listeners, result, abort: fail }
}

function refusal(
  code: 'CHALLENGE_UNREACHABLE' | 'CHALLENGE_TIMEOUT' | 'CHALLENGE_INVALID',
  reason: ProbeFailure,
  message: string,
  details: Record<string, unknown> = {},
): Refusal {
  return new Refusal(code, message, { reason, ...details })
}

/** Node's and ws's errors in our words. Several addresses that fail make an AggregateError: the first one speaks. */
function explain(error: Error): Refusal {
  const first = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error
  const code = 'code' in first && typeof first.code === 'string' ? first.code : ''
  const unreachable = (reason: ProbeFailure, message: string) => refusal('CHALLENGE_UNREACHABLE', reason, message)
  if (/^WS_ERR_UNSUPPORTED_(MESSAGE|DATA_PAYLOAD)_LENGTH$|^WS_ERR_TOO_MANY/.test(code)) {
    return refusal('CHALLENGE_INVALID', 'too-large', 'It sent a message that is too large.')
  }
  if (code.startsWith('WS_ERR_')) {
    return refusal('CHALLENGE_INVALID', 'broken-frame', 'It sent what is not a WebSocket message.')
  }
  if (/^(ENOTFOUND|EAI_|ENODATA)/.test(code)) return unreachable('unknown-host', 'Its host name is unknown.')
  if (code === 'ECONNREFUSED') return unreachable('refused', 'It refused the connection.')
  if (code === 'ETIMEDOUT') return refusal('CHALLENGE_TIMEOUT', 'open-timeout', 'Its host did not answer.')
  if (/^(ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL|ENETDOWN|EHOSTDOWN)$/.test(code)) {
    return unreachable('no-route', 'There is no way to its host.')
  }
  if (/^(ECONNRESET|EPIPE|ECONNABORTED)$/.test(code)) return unreachable('closed', 'It closed the connection.')
  if (/CERT|^UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$/.test(code)) {
    return unreachable('tls', 'It has no valid TLS certificate, or speaks no TLS.')
  }
  if (code.startsWith('HPE_') || /^(Invalid (Upgrade|Sec-WebSocket)|Server sent)/.test(first.message)) {
    return unreachable('not-websocket', 'It does not speak WebSocket.')
  }
  return unreachable('other', code === '' ? 'It cannot be reached.' : `It cannot be reached (${code}).`)
}
