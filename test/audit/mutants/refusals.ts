// Refusals that are others: codes, close codes, statuses.
import type { Json } from '../mutant-proxy.ts'
import { type Mutant, mutant } from './mutant.ts'

/** By code of an error, the audits that look at it. */
const CODES: Readonly<Record<string, string>> = {
  UNAUTHENTICATED:
    'ENTER-7a ENTER-9b ENTER-9c AUTH-3a AUTH-4a AUTH-4c AUTH-6 SSE-6a SSE-6b HTTP-5c DEVICE-4a ERROR-1 ADMIN-1b BLOCK-4',
  ALREADY_ENTERED: 'ENTER-8a DEVICE-11a',
  USERNAME_TAKEN: 'ENTER-2a ENTER-2b ENTER-4a ENTER-4b',
  USERNAME_INVALID: 'ENTER-3a ENTER-3b ENTER-3c ENTER-3d ENTER-3e HTTP-5c',
  PASSWORD_INVALID: 'ENTER-5',
  UNKNOWN_RECIPIENT: 'SEND-8a COMMAND-2f READ-6b TYPING-1b',
  UNKNOWN_COMMAND: 'COMMAND-4 COMMAND-1d',
  TEXT_EMPTY: 'TEXT-3 COMMAND-2e EDIT-6b SOCK-3c',
  TEXT_TOO_LONG: 'TEXT-1a',
  TEXT_INVALID: 'TEXT-2a TEXT-2b EDIT-6b',
  UNKNOWN_MESSAGE: 'REPLY-1b REPLY-1c REPLY-1d REPLY-1e EDIT-2b EDIT-2c',
  NOT_AUTHOR: 'EDIT-2a',
  CODE_INVALID: 'DEVICE-6c DEVICE-6d DEVICE-8b DEVICE-8c DEVICE-9a DEVICE-9b',
  CODE_PENDING: 'DEVICE-8a',
  NONCE_REUSED: 'SEND-1b',
  CURSOR_INVALID: 'CURSOR-3a CURSOR-3b CURSOR-3c CURSOR-6 SOCK-4d',
  HISTORY_RESET: 'CURSOR-4a CURSOR-4b READ-3b',
  BAD_USER_INPUT:
    'ENTER-10 PAGE-1d PAGE-1e PAGE-2d SEND-3a COMMAND-2d SOCK-4c SOCK-4f SOCK-7c DEVICE-2a SEARCH-6a LIMIT-2b LIMIT-2c SSE-3c HTTP-5b READ-6b',
  BAD_REQUEST: 'HTTP-1a HTTP-1b HTTP-1c HTTP-1d HTTP-2a HTTP-2b HTTP-2c ERROR-1',
  GRAPHQL_PARSE_FAILED: 'SOCK-4a SOCK-4e LIMIT-2a HTTP-5b ERROR-1',
  GRAPHQL_VALIDATION_FAILED: 'SOCK-4b HTTP-5b',
  RATE_LIMITED: 'SEND-6 READ-7 SEARCH-6b LIMIT-5 DEVICE-10',
  RECIPIENT_UNAVAILABLE: 'BLOCK-1a BLOCK-3',
  NOT_ADMINISTRATOR: 'ADMIN-1a',
  SUBSCRIPTION_LIMIT: 'LIMIT-3a LIMIT-3b',
  FORBIDDEN: 'ORIGIN-1c',
}

/** By close code, the audits that look at it. */
const CLOSES: Readonly<Record<number, string>> = {
  1000: 'CLOSE-1l',
  1002: 'CLOSE-1a CLOSE-1b CLOSE-1c CLOSE-1d CLOSE-1e CLOSE-1f CLOSE-1g CLOSE-1h',
  1003: 'SOCK-9b',
  1007: 'CLOSE-1i CLOSE-1j',
  1008: 'SOCK-9d',
  1009: 'SOCK-9e CLOSE-1k',
  1013: 'LIMIT-4',
  4400: 'SOCK-5a SOCK-5b SOCK-5c SOCK-5d SOCK-5e SOCK-5f SOCK-5g SOCK-5h SOCK-5i',
  4401: 'SOCK-2c',
  4403: 'ENTER-7b ENTER-7c ENTER-7d AUTH-3b AUTH-4b AUTH-4c AUTH-5b CLOSE-2a DEVICE-4a',
  4406: 'SOCK-1a SOCK-1b',
  4408: 'SOCK-2a',
  4409: 'SOCK-5j',
  4429: 'SOCK-2b',
}

/** By status, the audits that look at it. */
const STATUSES: Readonly<Record<number, string>> = {
  400: 'AUTH-7a HTTP-2a HTTP-2b HTTP-2c HTTP-5b',
  403: 'ORIGIN-1c',
  405: 'HTTP-3a HTTP-3b HTTP-3c ORIGIN-4 SSE-7',
  413: 'HTTP-4a HTTP-4b',
  415: 'HTTP-1a HTTP-1b HTTP-1c HTTP-1d HTTP-1e ORIGIN-4',
  431: 'HTTP-6a',
}

/** Those of graphql-http that want to be answered with 200. */
const THEIRS_TAKEN = [
  ...['4655', '47DE', '80D8', '82A3', 'BF61', '78D5', '2C94', '03D4', '34A2', '13EE', '8161', 'B8B3', '94B0', '0220'],
  ...['94B1', '0221', '94B2', '0222', '2EA1', '28B9', '428F', '1B7A', '572B', 'FDE2', '7B9B'],
]
  .map(id => `HTTP-5/${id}`)
  .join(' ')

function closeFrame(code: number, reason: string) {
  const payload = Buffer.alloc(2 + reason.length)
  payload.writeUInt16BE(code)
  payload.write(reason, 2)
  return { fin: true, opcode: 8, payload }
}

export const refusals: readonly Mutant[] = [
  ...Object.entries(CODES).map(([code, ids]) =>
    mutant(`the code of ${code} is another`, ids, () => ({
      json: text => text.replaceAll(`"code":"${code}"`, '"code":"MUTANT"'),
    })),
  ),
  ...Object.entries(CLOSES).map(([code, ids]) =>
    mutant(`the close code ${code} is another`, ids, () => ({
      serverFrame: frame =>
        frame.opcode === 8 && frame.payload.length >= 2 && frame.payload.readUInt16BE(0) === Number(code)
          ? [closeFrame(4999, 'mutant')]
          : [frame],
    })),
  ),
  ...Object.entries(STATUSES).map(([status, ids]) =>
    mutant(`the status ${status} is 200`, ids, () => ({
      answer(answer) {
        if (answer.status === Number(status)) answer.status = 200
      },
    })),
  ),
  mutant('a close reason is not ASCII', 'CLOSE-1a SOCK-5a', () => ({
    serverFrame: frame =>
      frame.opcode === 8 ? [{ ...frame, payload: Buffer.from([...frame.payload, 0xc3]) }] : [frame],
  })),
  mutant('an error has no code', 'ERROR-1 HTTP-5c TEXT-3 SEND-8a', () => ({
    json: text => text.replaceAll(/"extensions":\{"code":"[A-Z_]+"/g, '"extensions":{"kode":""'),
  })),
  mutant(
    'what an operation does wrong closes the socket with 4400',
    'SOCK-4a SOCK-4b SOCK-4c SOCK-4d SOCK-4e SOCK-4f SOCK-7c ENTER-9c',
    () => ({
      fromServer(message, wire) {
        if (message.type !== 'error') return [message]
        wire.close(4400)
        return []
      },
    }),
  ),
  mutant('a rate limit does not say how long', 'SEND-6 SEARCH-6b LIMIT-5 DEVICE-10 DEVICE-8a', () => ({
    json: text => text.replaceAll('"retryAfterMs"', '"later"'),
  })),
  mutant('refusals of one kind have different words', 'ENTER-2c EDIT-2b', () => {
    let count = 0
    return { json: text => text.replaceAll('"message":"', () => `"message":"${count++} `) }
  }),
  mutant('an upgrade that may not be is refused with another status', 'ORIGIN-1a ORIGIN-1b ORIGIN-2 AUTH-7b', () => ({
    upgradeAnswer: head => head.replace(/^HTTP\/1\.1 4\d\d/, 'HTTP/1.1 418'),
  })),
  mutant('headers that are slow are answered at once', 'HTTP-6b', () => ({
    bytes(chunk, socket) {
      if (chunk.includes('\r\n\r\n')) return false
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
      return true
    },
  })),
  mutant('nobody is well', 'HTTP-7a HTTP-7b', () => ({
    answer(answer, { url }) {
      if (url.startsWith('/health')) answer.status = 503
    },
  })),
  mutant('the server has a defect at every request', `HTTP-5a HTTP-4c HTTP-3d ${THEIRS_TAKEN}`, () => ({
    answer(answer, { body }) {
      if (body.includes('server {')) return
      Object.assign(answer, { status: 500, body: 'Internal server error', headers: { 'content-type': 'text/plain' } })
    },
  })),
  mutant('everything is answered with nothing', 'HTTP-5b HTTP-2a HTTP-5/D586 HTTP-5/5E5B', () => ({
    answer(answer: Json, { body }) {
      if (body.includes('server {')) return
      Object.assign(answer, { status: 200, body: '{"data":{}}' })
    },
  })),
]
