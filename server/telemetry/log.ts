// Lines of JSON about what the server does. Secrets never get into them: whatever stands under a secret's name, up to
// four objects deep, is replaced before it is written. Texts of messages are not logged by anybody.
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino'
import type { Config } from '../config.ts'

export type Log = Logger

/** Names whose values are secrets, wherever they stand: arguments, headers, connectionParams, rows. */
const SECRETS = [
  'token',
  'tokenHash',
  'password',
  'passwordHash',
  'current',
  'secret',
  'authorization',
  'Authorization',
  'cookie',
  'Cookie',
  'set-cookie',
  'Set-Cookie',
]

const DEPTH = 4

const paths = SECRETS.flatMap(name =>
  Array.from({ length: DEPTH }, (_, depth) => `${Array(depth).fill('*').join('.')}["${name}"]`),
)

export interface LogOptions {
  /** The least important level that is written. */
  level: Config['logLevel']
  /** Gets each line. Default: standard output. */
  destination?: DestinationStream
}

/**
 * Creates the log. An error goes under `err` (`log.error({ err, reference }, 'sentence')`): it is written with its
 * stack and its causes.
 */
export function createLog({ level, destination }: LogOptions): Log {
  const options = {
    level,
    base: { pid: process.pid },
    redact: { paths, censor: '[secret]' },
    serializers: { err: stdSerializers.err, error: stdSerializers.err },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}
