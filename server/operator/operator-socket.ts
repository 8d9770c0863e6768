// The operator's calls on a local socket in the data folder, which only the folder's owner may use: one server holds the
// folder, so `recado admin` asks it. HTTP on the wire: POST / with `{ "call", "args" }`, answered by `{ "value" }` or
// `{ "error": { "code", "message", "details" } }`.

import { hash } from 'node:crypto'
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { join, relative, resolve } from 'node:path'
import { Refusal } from '../domain/errors.ts'
import type { Operator, OperatorArguments } from './operator.ts'

/** What the system takes for a path of a socket, with its ending NUL: 104 bytes on macOS, 108 on Linux. */
const PATH_BYTES = 103
const BODY_BYTES = 64 * 1024

/** Where the socket of a data folder is; null: its path is too long, seen from here too. */
function operatorSocketPath(dataDir: string): string | null {
  const folder = resolve(dataDir)
  if (process.platform === 'win32')
    return `\\\\.\\pipe\\recado-${hash('sha256', folder.toLowerCase(), 'hex').slice(0, 32)}`
  const path = join(folder, 'operator.sock')
  const candidates = [path, relative(process.cwd(), path)]
  return candidates.find(candidate => Buffer.byteLength(candidate) <= PATH_BYTES) ?? null
}

export interface OperatorSocketOptions {
  readonly operator: Operator
  /** The data folder, which this process holds. */
  readonly dataDir: string
  readonly log: { warn(details: object, message: string): void; info(details: object, message: string): void }
  onError(error: unknown): void
}

/** Listens until it is closed. A socket that can't be made is told of, and is no reason not to serve. */
export async function listenForOperator(options: OperatorSocketOptions): Promise<{ close(): Promise<void> }> {
  const { operator, dataDir, log, onError } = options
  const path = operatorSocketPath(dataDir)
  if (path === null) {
    log.warn(
      { dataDir },
      'the path of the data folder is too long for the socket of `recado admin`: stop the server for it',
    )
    return { close: async () => {} }
  }
  const server = createServer((incoming, response) => {
    void (async () => {
      const [status, body] = await answer(incoming)
      response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' })
      response.end(JSON.stringify(body))
    })().catch(error => {
      onError(error)
      response.destroy()
    })
  })

  async function answer(incoming: IncomingMessage): Promise<[status: number, body: object]> {
    try {
      const { call, args } = await readCall(incoming)
      if (call !== 'ping') log.info({ call }, 'the operator asks')
      return [200, { value: (await operator.call(call, args)) ?? null }]
    } catch (error) {
      if (error instanceof Refusal) {
        return [200, { error: { code: error.code, message: error.message, details: error.details } }]
      }
      onError(error)
      return [
        500,
        { error: { code: 'INTERNAL_SERVER_ERROR', message: 'Something unexpected went wrong.', details: {} } },
      ]
    }
  }

  try {
    // The lock of the folder is ours, so what is there was left by a server that died.
    if (process.platform !== 'win32') rmSync(path, { force: true })
    await listen(server, path)
    if (process.platform !== 'win32') chmodSync(path, 0o600)
  } catch (err) {
    log.warn({ err }, 'the socket of `recado admin` can not be made: stop the server for it')
    return { close: async () => {} }
  }
  return {
    async close() {
      server.closeAllConnections()
      await new Promise<void>(done => server.close(() => done()))
    },
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen(path, () => {
      server.off('error', fail)
      done()
    })
  })
}

async function readCall(incoming: IncomingMessage): Promise<{ call: string; args: OperatorArguments }> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > BODY_BYTES) throw new Refusal('BAD_USER_INPUT', 'That is too long.')
    pieces.push(piece)
  }
  let value: unknown
  try {
    value = JSON.parse(Buffer.concat(pieces).toString())
  } catch {
    throw new Refusal('BAD_USER_INPUT', 'That is no JSON.')
  }
  const { call, args } = (value ?? {}) as { call?: unknown; args?: unknown }
  if (typeof call !== 'string' || typeof args !== 'object' || args === null || Array.isArray(args)) {
    throw new Refusal('BAD_USER_INPUT', 'A call has a name and arguments.')
  }
  return { call, args: args as OperatorArguments }
}

/** An operator at the other end of a data folder's socket; null: nobody listens there. */
export async function connectOperator(dataDir: string): Promise<Operator | null> {
  const path = operatorSocketPath(dataDir)
  if (path === null) return null
  const operator: Operator = { call: (name, args) => callOver(path, name, args) }
  try {
    await operator.call('ping', {})
    return operator
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return null
    throw error
  }
}

function callOver(socketPath: string, call: string, args: OperatorArguments): Promise<unknown> {
  return new Promise((done, fail) => {
    const outgoing = request({ socketPath, method: 'POST', path: '/', agent: false }, incoming => {
      const pieces: Buffer[] = []
      incoming.on('data', (piece: Buffer) => pieces.push(piece))
      incoming.on('error', fail)
      incoming.on('end', () => {
        try {
          const { value, error } = JSON.parse(Buffer.concat(pieces).toString()) as {
            value?: unknown
            error?: { code: Refusal['code']; message: string; details: Record<string, unknown> }
          }
          if (error) fail(new Refusal(error.code, error.message, error.details))
          else done(value)
        } catch (error) {
          fail(error as Error)
        }
      })
    })
    outgoing.on('error', fail)
    outgoing.end(JSON.stringify({ call, args }))
  })
}
