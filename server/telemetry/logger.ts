// Lines of JSON about what the server does. Secrets never get into them: whatever stands under a secret's name, up to
// four objects deep, is replaced before it is written. Texts of messages are not logged by anybody.
import { type DestinationStream, type Logger as PinoLogger, pino, stdSerializers } from 'pino'
import type { Config } from '../config.ts'

export type Logger = PinoLogger
export type LogDestination = DestinationStream

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

export interface LoggerOptions {
  /** The least important level that is written. */
  level: Config['logLevel']
  /** Gets each line. Default: standard output. */
  destination?: LogDestination
}

/**
 * Creates the log. An error goes under `err` (`log.error({ err, reference }, 'sentence')`): it is written with its
 * stack and its causes.
 */
export function createLogger({ level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    redact: { paths, censor: '[secret]' },
    serializers: { err: describeError, error: describeError },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

/** What of an error may be written: no property that a library hung on it. ioredis hangs on the command, texts and all. */
function describeError(error: Error): unknown {
  if (!(error instanceof Error)) return error
  const { type, message, stack, aggregateErrors } = stdSerializers.err(error)
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const all = aggregateErrors ? { aggregateErrors: aggregateErrors.map((one: Error) => one.stack) } : {}
  return { type, message, stack, ...code, ...all }
}
