// Degrau 4: um log em disco, e um cursor em cada aparelho. Cair, voltar, abrir outra aba e reiniciar o servidor passam a
// ser a mesma coisa: um aparelho que está atrasado. `node 4-cursor.mjs`, abra duas abas, e derrube uma.
// O que falta está em escada.md; o degrau seguinte é o Recado.
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import { existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const { PORT = 8080, LOG = 'conversa.jsonl' } = process.env

const page = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(readFileSync(new URL('pagina.html', import.meta.url)))
})

const chat = new WebSocketServer({ server: page, maxPayload: 16 * 1024 })

/** De um nome para a pessoa. */
const people = new Map()
/** Tudo o que aconteceu, em ordem: contas e mensagens. A posição de uma entrada é o seu lugar aqui, a partir de 1. */
const log = []

// Uma linha que a queda cortou ao meio nunca foi confirmada a ninguém: é apagada.
const text = existsSync(LOG) ? readFileSync(LOG) : Buffer.alloc(0)
const whole = text.subarray(0, text.lastIndexOf('\n') + 1)
if (whole.length < text.length) truncateSync(LOG, whole.length)
for (const line of whole.toString().split('\n')) if (line !== '') apply(JSON.parse(line))
const file = openSync(LOG, 'a', 0o600)

/** Primeiro o disco, depois a memória, e só depois as pessoas: o que alguém viu não some numa queda. */
function append(entry) {
  writeSync(file, `${JSON.stringify(entry)}\n`)
  fsyncSync(file)
  return apply(entry)
}

function apply(entry) {
  log.push(entry)
  if (entry.tipo === 'conta') people.set(entry.nome, { ...entry, sockets: new Set() })
  return log.length
}

function enter(nome, password) {
  const person = people.get(nome)
  if (person === undefined) {
    const salt = randomBytes(16).toString('hex')
    append({ tipo: 'conta', nome, salt, hash: scryptSync(password, salt, 32).toString('hex') })
    return people.get(nome)
  }
  return timingSafeEqual(Buffer.from(person.hash, 'hex'), scryptSync(password, person.salt, 32)) ? person : undefined
}

const maySee = (name, { tipo, de, para }) => tipo === 'mensagem' && (para === null || para === name || de === name)
const show = (entry, position) => JSON.stringify({ pos: position, de: entry.de, para: entry.para, texto: entry.texto })

chat.on('connection', (socket, request) => {
  const { searchParams } = new URL(request.url, 'http://chat')
  const name = searchParams.get('nome')?.trim().toLowerCase()
  const password = searchParams.get('senha') ?? ''
  const since = Number(searchParams.get('desde') ?? 0)
  if (!name || /\s/.test(name) || password === '') return socket.close(4400, 'nome? senha?')
  const person = enter(name, password)
  if (person === undefined) return socket.close(4403, 'esse nome tem dono')
  // O atrasado lê o log; em dia, recebe o que chega. Entre uma coisa e outra nada mais roda aqui: não há fresta.
  for (let i = since; i < log.length; i++) if (maySee(name, log[i])) socket.send(show(log[i], i + 1))
  person.sockets.add(socket)
  socket.on('error', () => socket.terminate())
  socket.on('close', () => person.sockets.delete(socket))
  socket.on('message', data => {
    hear(name, socket, data.toString())
  })
})

function hear(name, socket, said) {
  const [, to, secret] = /^\/msg\s+(\S+)\s+(.+)$/is.exec(said) ?? []
  if (said.startsWith('/') && to === undefined) return socket.send('* comando desconhecido. Tente: /msg nome texto')
  if (to !== undefined && !people.has(to.toLowerCase())) return socket.send(`* ninguém se chama ${to}`)
  const entry = { tipo: 'mensagem', de: name, para: to?.toLowerCase() ?? null, texto: secret ?? said }
  const line = show(entry, append(entry))
  for (const [who, person] of people) {
    if (maySee(who, entry)) for (const device of person.sockets) device.send(line)
  }
}

page.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${page.address().port}/`)
})
