import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { enter, MESSAGE_FIELDS, openGraphqlSocket, subscribeMessage } from './load/graphql-socket.ts'

const N = Number(process.argv[2])
const child = spawn(process.execPath, ['--expose-gc', new URL('./servers/tmp-mem.ts', import.meta.url).pathname], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  env: {
    ...process.env,
    PORT: '0',
    LOG_LEVEL: 'warn',
    SENDS_PER_SECOND: '0',
    ENTER_PER_MINUTE: '0',
    NEW_NAMES_PER_HOUR: '0',
    CONNECTIONS_PER_USER: '0',
    DRAIN_SECONDS: '0',
    DATA_DIR: mkdtempSync('/tmp/rb-'),
  },
})
const [{ port }] = (await once(child, 'message')) as [{ port: number }]
const token = await enter(port, 'sender')
const mk = async (n: number) => {
  const a = []
  for (let i = 0; i < n; i++) {
    const s = await openGraphqlSocket({ port, token })
    s.send(subscribeMessage(`subscription { onMessage { ${MESSAGE_FIELDS} } }`))
    a.push(s)
  }
  return a
}
const warm = await mk(300)
for (const s of warm) s.destroy()
await new Promise(r => setTimeout(r, 1000))
const ask = async (m: string) => {
  child.send(m)
  return (await once(child, 'message'))[0] as { heap: number; external: number; rss: number }
}
const a = await ask('x')
const socks = await mk(N)
await new Promise(r => setTimeout(r, 500))
const b = await ask(process.argv[3] ?? 'x')
console.log(
  'heap per conn',
  ((b.heap - a.heap) / N).toFixed(0),
  'external',
  ((b.external - a.external) / N).toFixed(0),
  'rss',
  ((b.rss - a.rss) / N).toFixed(0),
)
for (const s of socks) s.destroy()
child.kill('SIGKILL')
process.exit(0)
