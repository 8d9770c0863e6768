// Upgrades that are refused (PROTOCOL.md: ORIGIN, AUTH-7, HTTP-6, LIMIT-4).
import type { RawSocketOptions } from '../../setup/raw-socket.ts'
import type { HttpAnswer, Scene, UpgradeRow } from '../row.ts'

const KEY = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='
const VERSION = 'Sec-WebSocket-Version: 13'
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket'

function row(
  id: string,
  clause: string,
  expected: HttpAnswer | number,
  input: (scene: Scene) => RawSocketOptions,
  isSlow = false,
): UpgradeRow {
  const answer = typeof expected === 'number' ? { status: expected, body: '' } : expected
  return { room: 'upgrade', id: `upgrade: ${id}`, clause, input, expected: answer, ...(isSlow ? { isSlow } : {}) }
}

function bytes(...lines: string[]): (scene: Scene) => RawSocketOptions {
  return ({ host }) => ({ request: `${lines.join('\r\n').replace('HOST', host)}\r\n\r\n` })
}

export const UPGRADES: readonly UpgradeRow[] = [
  row('foreign Origin', 'ORIGIN-1', 403, () => ({ headers: { Origin: 'https://evil.example' } })),
  row('foreign Origin with a cookie', 'ORIGIN-1', 403, ({ mallory }) => ({
    headers: { Origin: 'https://evil.example', Cookie: `recado=${mallory.token}` },
  })),
  row('foreign Origin with a token', 'ORIGIN-1', 403, ({ mallory }) => ({
    headers: { Origin: 'https://evil.example', Authorization: `Bearer ${mallory.token}` },
  })),
  row('Origin that begins like ours', 'ORIGIN-1', 403, ({ url }) => ({ headers: { Origin: `${url}.evil.example` } })),
  row('our host on another port', 'ORIGIN-1', 403, () => ({ headers: { Origin: 'http://127.0.0.1:1' } })),
  row('Origin null', 'ORIGIN-1', 403, () => ({ headers: { Origin: 'null' } })),
  row('empty Origin', 'ORIGIN-1', 403, () => ({ headers: { Origin: '' } })),
  row('Origin that is no URL', 'ORIGIN-1', 403, () => ({ headers: { Origin: 'http://[' } })),
  row('two Origins in one', 'ORIGIN-1', 403, ({ url }) => ({ headers: { Origin: `${url}, https://evil.example` } })),
  row('cookie without an Origin', 'ORIGIN-2', 403, ({ mallory }) => ({
    headers: { Cookie: `recado=${mallory.token}` },
  })),
  row('dead cookie without an Origin', 'ORIGIN-2', 403, () => ({ headers: { Cookie: 'recado=x' } })),
  row('token in the URL', 'AUTH-7', 400, ({ mallory }) => ({ query: `?token=${mallory.token}` })),
  row('authorization in the URL', 'AUTH-7', 400, ({ mallory }) => ({
    query: `?authorization=Bearer%20${mallory.token}`,
  })),
  row('access_token in the URL', 'AUTH-7', 400, ({ mallory }) => ({ query: `?x=1&access_token=${mallory.token}` })),
  row('token in the URL, percent-encoded name', 'AUTH-7', 400, ({ mallory }) => ({
    query: `?%74oken=${mallory.token}`,
  })),
  row('token in the URL, behind a second question mark', 'AUTH-7', 400, ({ mallory }) => ({
    query: `?a=?&token=${mallory.token}`,
  })),
  row('headers over 16 KiB', 'HTTP-6', 431, () => ({ headers: { 'X-Large': 'x'.repeat(17_000) } })),
  row(
    'headers that do not arrive',
    'HTTP-6',
    408,
    ({ host }) => ({
      request: `GET /graphql HTTP/1.1\r\nHost: ${host}\r\n`,
      answerMs: 45_000,
    }),
    true,
  ),
  row('another path', 'HTTP-3', 404, bytes('GET /elsewhere HTTP/1.1', 'Host: HOST', UPGRADE, VERSION, KEY)),
  row('a path that begins alike', 'HTTP-3', 404, bytes('GET /graphql/ HTTP/1.1', 'Host: HOST', UPGRADE, VERSION, KEY)),
  row(
    'POST',
    'HTTP-3',
    { status: 405, body: 'Invalid HTTP method' },
    bytes('POST /graphql HTTP/1.1', 'Host: HOST', UPGRADE, VERSION, KEY),
  ),
  row(
    'no key',
    'SOCK-1',
    { status: 400, body: 'Missing or invalid Sec-WebSocket-Key header' },
    bytes('GET /graphql HTTP/1.1', 'Host: HOST', UPGRADE, VERSION),
  ),
  row(
    'a short key',
    'SOCK-1',
    { status: 400, body: 'Missing or invalid Sec-WebSocket-Key header' },
    bytes('GET /graphql HTTP/1.1', 'Host: HOST', UPGRADE, VERSION, 'Sec-WebSocket-Key: short'),
  ),
  row(
    'no version',
    'SOCK-1',
    { status: 400, body: 'Missing or invalid Sec-WebSocket-Version header' },
    bytes('GET /graphql HTTP/1.1', 'Host: HOST', UPGRADE, KEY),
  ),
  row(
    'version 12',
    'SOCK-1',
    { status: 400, body: 'Missing or invalid Sec-WebSocket-Version header' },
    bytes('GET /graphql HTTP/1.1', 'Host: HOST', UPGRADE, 'Sec-WebSocket-Version: 12', KEY),
  ),
  row(
    'a broken list of subprotocols',
    'SOCK-1',
    { status: 400, body: 'Invalid Sec-WebSocket-Protocol header' },
    bytes('GET /graphql HTTP/1.1', 'Host: HOST', UPGRADE, VERSION, KEY, 'Sec-WebSocket-Protocol: a,,b'),
  ),
  row('an unknown HTTP version', 'HTTP-6', 400, bytes('GET /graphql HTTP/3.0', 'Host: HOST', UPGRADE, VERSION, KEY)),
  row('no Host', 'HTTP-6', 400, bytes('GET /graphql HTTP/1.1', UPGRADE, VERSION, KEY)),
  row('a header without a colon', 'HTTP-6', 400, bytes('GET /graphql HTTP/1.1', 'Host: HOST', 'nonsense')),
  row('TLS in place of HTTP', 'HTTP-6', 400, () => ({
    request: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
  })),
]
