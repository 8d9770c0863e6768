// Degrau 3: uma pessoa, vários aparelhos, e uma senha que diz que é ela. `node 3-aparelhos.mjs`, e abra o endereço em
// duas abas com o mesmo nome.
// O que falta: quem cai perde o que foi dito enquanto isso. E, se o servidor cai, ninguém mais tem nome nem senha.
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const { PORT = 8080 } = process.env

const page = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(readFileSync(new URL('pagina.html', import.meta.url)))
})

const chat = new WebSocketServer({ server: page, maxPayload: 16 * 1024 })

/** De um nome para a pessoa: sua senha (só o resumo dela) e todos os seus sockets. */
const people = new Map()

function enter(name, password) {
  const person = people.get(name)
  if (person === undefined) {
    const salt = randomBytes(16)
    people.set(name, { salt, hash: scryptSync(password, salt, 32), sockets: new Set() })
    return people.get(name)
  }
  return timingSafeEqual(person.hash, scryptSync(password, person.salt, 32)) ? person : undefined
}

chat.on('connection', (socket, request) => {
  const { searchParams } = new URL(request.url, 'http://chat')
  const name = searchParams.get('nome')?.trim().toLowerCase()
  const password = searchParams.get('senha') ?? ''
  if (!name || /\s/.test(name) || password === '') return socket.close(4400, 'nome? senha?')
  const person = enter(name, password)
  if (person === undefined) return socket.close(4403, 'esse nome tem dono')
  person.sockets.add(socket)
  socket.on('error', () => socket.terminate())
  socket.on('close', () => person.sockets.delete(socket))
  socket.on('message', data => {
    hear(name, socket, data.toString())
  })
})

function hear(name, socket, text) {
  if (!text.startsWith('/')) {
    for (const person of people.values()) deliver(person, `${name}: ${text}`)
    return
  }
  const [, to, secret] = /^\/msg\s+(\S+)\s+(.+)$/is.exec(text) ?? []
  if (to === undefined) return socket.send('* comando desconhecido. Tente: /msg nome texto')
  const recipient = people.get(to.toLowerCase())
  if (recipient === undefined) return socket.send(`* ninguém se chama ${to}`)
  // Para os aparelhos de quem recebe e para os outros de quem enviou: a conversa é a mesma em todos.
  for (const person of new Set([recipient, people.get(name)])) deliver(person, `${name} → ${to}: ${secret}`)
}

function deliver(person, line) {
  for (const socket of person.sockets) socket.send(line)
}

page.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${page.address().port}/`)
})
