import { enter, MESSAGE_FIELDS, openGraphqlSocket, subscribeMessage } from './load/graphql-socket.ts'
import { startServer } from './server-process.ts'

const [subs, window, seconds, ...flags] = process.argv.slice(2)
const N = Number(subs),
  W = Number(window),
  S = Number(seconds)
const server = await startServer('recado', {}, flags)
const { port } = server
const token = await enter(port, 'sender')
const sockets = []
const rss0 = server.usage()
for (let i = 0; i < N; i++) {
  const s = await openGraphqlSocket({ port, token })
  s.send(subscribeMessage(`subscription { onMessage { ${MESSAGE_FIELDS} } }`))
  sockets.push(s)
}
await new Promise(r => setTimeout(r, 500))
const rss1 = server.usage()
console.log(
  'connect cpu µs each',
  (((rss1.cpuMs - rss0.cpuMs) * 1000) / N).toFixed(0),
  'rss each',
  ((rss1.rss - rss0.rss) / N / 1024).toFixed(1),
  'KB',
)
const sender = await openGraphqlSocket({ port, token })
let acked = 0,
  sent = 0,
  total = 0
const first = sockets.map(s => s.frames)
const send = () => {
  const t = []
  while (sent - done() < W) {
    t.push(
      subscribeMessage('mutation ($text: String!) { sendMessage(text: $text, plain: true) { cursor } }', {
        text: `message ${sent++} of many, as long as what people write`,
      }),
    )
  }
  if (t.length) sender.sendAll(t)
}
// a message is done when all subscribers have it: total frames / N
const done = () => Math.floor(total / N)
for (const s of sockets)
  s.onFrames = n => {
    const before = Math.floor(total / N)
    total += n
    if (Math.floor(total / N) !== before) send()
  }
const u0 = server.usage(),
  c0 = process.cpuUsage(),
  t0 = performance.now()
send()
await new Promise(r => setTimeout(r, S * 1000))
const u1 = server.usage(),
  c1 = process.cpuUsage(c0),
  dt = (performance.now() - t0) / 1000
console.log(
  `deliveries/s ${(total / dt / 1e3).toFixed(0)}k  server µs/delivery ${(((u1.cpuMs - u0.cpuMs) * 1000) / total).toFixed(3)} (user ${(((u1.userMs - u0.userMs) * 1000) / total).toFixed(3)} sys ${(((u1.systemMs - u0.systemMs) * 1000) / total).toFixed(3)})  client µs/delivery ${((c1.user + c1.system) / total).toFixed(3)} msgs/s ${(done() / dt).toFixed(0)}`,
)
for (const s of sockets) s.destroy()
sender.destroy()
await server.stop()
process.exit(0)
