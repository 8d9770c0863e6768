// A challenge server that misbehaves: `probe` says which way, in time (schema.graphql: probe).
import type { ProbeRow } from '../row.ts'
import type { StrangerBehaviour } from '../stranger.ts'

function row(id: string, code: string, reason: string, input: StrangerBehaviour, isSlow = false): ProbeRow {
  const expected = { code, reason }
  return { room: 'probe', id: `probe: ${id}`, clause: 'ERROR-1', input, expected, ...(isSlow ? { isSlow } : {}) }
}

function http(head: string): StrangerBehaviour {
  return socket => void socket.end(`HTTP/1.1 ${head}\r\n\r\n`)
}

function frames(...bytes: Buffer[]): StrangerBehaviour {
  return (socket, upgrade) => {
    upgrade()
    socket.write(Buffer.concat(bytes))
  }
}

const UNREACHABLE = 'CHALLENGE_UNREACHABLE'
const INVALID = 'CHALLENGE_INVALID'

export const PROBES: readonly ProbeRow[] = [
  row('that closes at once', UNREACHABLE, 'closed', socket => void socket.destroy()),
  row('that redirects', UNREACHABLE, 'redirect', http('302 Found\r\nLocation: http://127.0.0.1:1/')),
  row('that answers 200', UNREACHABLE, 'status', http('200 OK\r\nContent-Length: 0')),
  row('that answers 500', UNREACHABLE, 'status', http('500 Oops\r\nContent-Length: 0')),
  row('that speaks no HTTP', UNREACHABLE, 'not-websocket', socket => void socket.end('hello\r\n\r\n')),
  row(
    'whose key is wrong',
    UNREACHABLE,
    'not-websocket',
    http('101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x'),
  ),
  row('that closes after opening', UNREACHABLE, 'closed', frames(Buffer.from([0x88, 2, 3, 232]))),
  row('that is cut after opening', UNREACHABLE, 'closed', (socket, upgrade) => {
    upgrade()
    socket.end()
  }),
  row('that sends a binary message', INVALID, 'binary', frames(Buffer.from([0x82, 1, 65]))),
  row('that sends an empty message', INVALID, 'empty', frames(Buffer.from([0x81, 0]))),
  row('that sends a masked frame', INVALID, 'broken-frame', frames(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 65]))),
  row('that sends bad UTF-8', INVALID, 'broken-frame', frames(Buffer.from([0x81, 2, 0xc3, 0x28]))),
  row('that claims 2^40 bytes', INVALID, 'too-large', frames(Buffer.from([0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0]))),
  row('that opens and stays silent', 'CHALLENGE_TIMEOUT', 'message-timeout', (_socket, upgrade) => upgrade(), true),
  row('that stays silent', 'CHALLENGE_TIMEOUT', 'open-timeout', () => {}, true),
]
