// Degrau 2: nomes, e `/msg joao oi` para uma pessoa só. `node 2-nomes.mjs`, e abra o endereço em duas abas.
// O que falta: um nome é um socket. O segundo aparelho de joao toma o lugar do primeiro, e um estranho que escolha
// "joao" também.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const { PORT = 8080 } = process.env

const page = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(readFileSync(new URL('pagina.html', import.meta.url)))
})

const chat = new WebSocketServer({ server: page, maxPayload: 16 * 1024 })

/** De um nome para o socket de quem o tem. */
const socketByName = new Map()

chat.on('connection', (socket, request) => {
  const name = new URL(request.url, 'http://chat').searchParams.get('nome')?.trim().toLowerCase()
  if (!name || /\s/.test(name)) return socket.close(4400, 'nome?')
  socketByName.set(name, socket)
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    if (socketByName.get(name) === socket) socketByName.delete(name)
  })
  socket.on('message', data => {
    hear(name, socket, data.toString())
  })
})

function hear(name, socket, text) {
  if (!text.startsWith('/')) {
    for (const other of socketByName.values()) other.send(`${name}: ${text}`)
    return
  }
  // Uma barra nunca vai para todos, nem quando a pessoa errou o comando: o texto podia ser um segredo.
  const [, to, secret] = /^\/msg\s+(\S+)\s+(.+)$/is.exec(text) ?? []
  if (to === undefined) return socket.send('* comando desconhecido. Tente: /msg nome texto')
  const recipient = socketByName.get(to.toLowerCase())
  if (recipient === undefined) return socket.send(`* ${to} não está aqui`)
  for (const one of new Set([recipient, socket])) one.send(`${name} → ${to}: ${secret}`)
}

page.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${page.address().port}/`)
})
