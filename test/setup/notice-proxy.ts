// A relay between one node and its Redis that does to notices what pub/sub may: loses, doubles and delays them, each by
// itself. Everything else passes as it is, so that neither end can tell.
import { createServer, connect as dial, type Socket } from 'node:net'

/** `lose`, `double`, or how many milliseconds later it comes; others overtake it meanwhile. */
export type Fate = 'pass' | 'lose' | 'double' | number

export interface Notice {
  readonly channel: string
  readonly payload: string
}

export interface NoticeProxy {
  readonly url: string
  /** Decides about each notice on its way to the node. Default: all pass. */
  judge: (notice: Notice) => Fate
  /** Notices that did not simply pass. */
  readonly harmed: number
  /** Destroys every connection there is. */
  cutAll(): void
  close(): Promise<void>
}

/** @param target where Redis listens on the loopback */
export async function startNoticeProxy(target: { readonly port: number }): Promise<NoticeProxy> {
  const open = new Set<Socket>()
  let harmed = 0

  function relay(client: Socket): void {
    const upstream = dial(target.port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    let rest: Buffer = Buffer.alloc(0)
    upstream.on('data', (chunk: Buffer) => {
      rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      for (let end = endOfValue(rest, 0); end > 0; end = endOfValue(rest, 0)) {
        const value = rest.subarray(0, end)
        rest = rest.subarray(end)
        pass(client, value)
      }
    })
  }

  function pass(client: Socket, value: Buffer): void {
    const notice = noticeIn(value)
    const fate = notice ? proxy.judge(notice) : 'pass'
    if (fate !== 'pass') harmed++
    if (fate === 'lose') return
    if (typeof fate === 'number') {
      setTimeout(() => client.writable && client.write(value), fate)
      return
    }
    client.write(value)
    if (fate === 'double') client.write(value)
  }

  const server = createServer(relay)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const proxy: NoticeProxy = {
    url: `redis://127.0.0.1:${address.port}`,
    judge: () => 'pass',
    get harmed() {
      return harmed
    },
    cutAll() {
      for (const socket of open) socket.destroy()
    },
    async close() {
      const closed = new Promise(resolve => server.close(resolve))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
  return proxy
}

/** What a push of a message says; null: it is something else. */
function noticeIn(value: Buffer): Notice | null {
  if (value[0] !== 0x3e /* > */) return null
  const parts = /^>3\r\n\$7\r\nmessage\r\n\$\d+\r\n(.*?)\r\n\$\d+\r\n(.*)\r\n$/s.exec(value.toString())
  return parts ? { channel: parts[1] ?? '', payload: parts[2] ?? '' } : null
}

/** Where the RESP3 value ends that begins at `start`; -1: it is not whole yet. */
function endOfValue(bytes: Buffer, start: number): number {
  const lineEnd = bytes.indexOf('\r\n', start)
  if (lineEnd < 0) return -1
  const type = String.fromCharCode(bytes[start] ?? 0)
  const size = Number(bytes.toString('latin1', start + 1, lineEnd))
  const after = lineEnd + 2
  if ('$=!'.includes(type)) {
    if (size < 0) return after
    const end = after + size + 2
    return end <= bytes.length ? end : -1
  }
  if (!'*~>%'.includes(type)) return after
  let end = after
  for (let left = type === '%' ? size * 2 : size; left > 0; left--) {
    end = endOfValue(bytes, end)
    if (end < 0) return -1
  }
  return end
}
