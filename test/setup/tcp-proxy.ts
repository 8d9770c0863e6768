// A TCP relay between a client and a server that a test can make fail: swallow what comes back, cut, refuse. Bytes are
// passed as they are; what the test looks for in them is its own business.
import { createServer, connect as dial, type Socket } from 'node:net'

type Verdict = 'pass' | 'swallow' | 'cut'

export interface TcpProxy {
  readonly port: number
  /**
   * Looks at each chunk on its way from the server to a client: `pass` relays it, `swallow` loses it, `cut` loses it
   * and destroys both ends of that connection. Default: all pass.
   */
  judge: (chunk: Buffer) => Verdict
  /** The same on the way from a client to the server. Default: all pass. */
  judgeRequest: (chunk: Buffer) => Verdict
  /** Connections taken since the start. */
  readonly connections: number
  /** Destroys every connection there is. */
  cutAll(): void
  close(): Promise<void>
}

/** @param target where the server listens on the loopback; may be changed by the caller between connections */
export async function startTcpProxy(target: { port: number }): Promise<TcpProxy> {
  const open = new Set<Socket>()
  let connections = 0
  const server = createServer(client => {
    connections++
    const upstream = dial(target.port, '127.0.0.1')
    const cut = (): void => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', cut)
      socket.on('close', () => {
        open.delete(socket)
        cut()
      })
    }
    /** Passes on what is judged so, at the pace of who reads it. */
    function relay(from: Socket, to: Socket, verdict: Verdict, chunk: Buffer): void {
      if (verdict === 'cut') return cut()
      if (verdict === 'pass' && !to.write(chunk)) {
        from.pause()
        to.once('drain', () => from.resume())
      }
    }
    client.on('data', chunk => relay(client, upstream, proxy.judgeRequest(chunk), chunk))
    upstream.on('data', chunk => relay(upstream, client, proxy.judge(chunk), chunk))
    client.on('end', () => upstream.end())
    upstream.on('end', () => client.end())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const proxy: TcpProxy = {
    port: address.port,
    judge: () => 'pass',
    judgeRequest: () => 'pass',
    get connections() {
      return connections
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
