import { randomUUID } from 'node:crypto'
import { enter, openGraphqlSocket, subscribeMessage } from './load/graphql-socket.ts'
import { startServer } from './server-process.ts'

const [count, window, ...flags] = process.argv.slice(2)
const server = await startServer('recado', {}, flags)
const token = await enter(server.port, 'sender')
const socket = await openGraphqlSocket({ port: server.port, token })
const N = Number(count),
  W = Number(window)
async function run(n: number) {
  let sent = 0,
    got = 0
  const base = socket.frames
  await new Promise<void>(res => {
    const fill = () => {
      const t: string[] = []
      while (sent < n && sent - got / 2 < W)
        t.push(
          subscribeMessage(
            'mutation ($text: String!) { sendMessage(text: $text, plain: true) { id cursor } }',
            { text: `message ${sent++} of many, as long as what people write` },
            randomUUID(),
          ),
        )
      if (t.length) socket.sendAll(t)
    }
    socket.onFrames = () => {
      got = socket.frames - base
      if (got >= 2 * n) res()
      else if (sent - got / 2 < W * 0.7) fill()
    }
    fill()
  })
}
await run(5000)
const u0 = server.usage(),
  c0 = process.cpuUsage(),
  t0 = performance.now()
await run(N)
const u1 = server.usage(),
  c1 = process.cpuUsage(c0),
  dt = (performance.now() - t0) / 1000
console.log(
  `sends/s ${(N / dt).toFixed(0)} server µs/send ${(((u1.cpuMs - u0.cpuMs) * 1000) / N).toFixed(1)} client µs ${((c1.user + c1.system) / N).toFixed(1)}`,
)
socket.destroy()
await server.stop()
process.exit(0)
