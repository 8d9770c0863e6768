// Degrau 1: o que um diz, todos recebem. `node 1-todos.mjs`, e abra o endereço em duas abas.
// O que falta: ninguém tem nome. `/msg joao oi` é um texto como outro qualquer, e todos o leem.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const { PORT = 8080 } = process.env

const page = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(readFileSync(new URL('pagina.html', import.meta.url)))
})

const chat = new WebSocketServer({ server: page, maxPayload: 16 * 1024 })

chat.on('connection', socket => {
  socket.on('error', () => socket.terminate())
  socket.on('message', data => {
    everyone(data.toString())
  })
})

/** Também para quem enviou: assim ele sabe que o servidor recebeu. */
function everyone(text) {
  for (const socket of chat.clients) {
    if (socket.readyState === socket.OPEN) socket.send(text)
  }
}

page.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${page.address().port}/`)
})
