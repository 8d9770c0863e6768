// Lê a mensagem do servidor do desafio: o WebSocket à mão, sem nenhuma dependência. Qualquer Node a partir do 18.
//   node desafio.mjs                       # o servidor do desafio
//   node desafio.mjs ws://127.0.0.1:4001   # o de `npx recado challenge`, nesta máquina
import { createHash, randomBytes } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'

const address = (process.argv[2] ?? 'wss://websocket-fh6l.onrender.com').replace(/^ws/, 'http')
const key = randomBytes(16).toString('base64')
const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': 13, 'Sec-WebSocket-Key': key }
function fail(why) {
  console.error(why)
  process.exit(1)
}

// Até 75 segundos: o servidor dorme quando ninguém o usa, e demora para acordar.
const request = (address.startsWith('https') ? https : http).get(address, { headers, timeout: 75_000 })
request.on('timeout', () => fail('O servidor não respondeu em 75 segundos.'))
request.on('error', error => fail(`Não foi possível conectar: ${error.message || error.code}`))
request.on('response', ({ statusCode }) => fail(`O servidor não fala WebSocket: respondeu ${statusCode}.`))
request.on('upgrade', (response, socket, bytes) => {
  if (response.headers['sec-websocket-accept'] !== accept) fail('A resposta ao aperto de mão não confere.')
  const read = () => {
    // Um quadro: o tipo (0x81 é um texto inteiro), o tamanho (se for 126, ele está nos dois bytes seguintes), o conteúdo.
    const start = bytes[1] === 126 ? 4 : 2
    if (bytes.length < start) return
    if (bytes[0] !== 0x81 || bytes[1] > 126) fail('Veio um quadro que não é um texto curto e inteiro.')
    const end = start + (start === 4 ? bytes.readUInt16BE(2) : bytes[1])
    if (bytes.length < end) return
    console.log(bytes.toString('utf8', start, end))
    // Despede-se: um quadro de fechamento (8) com o código 1000, mascarado como tudo que um cliente envia.
    socket.end(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]), () => process.exit(0))
  }
  socket.on('data', chunk => {
    bytes = Buffer.concat([bytes, chunk])
    read()
  })
  socket.on('close', () => fail('O servidor fechou sem enviar mensagem.'))
  read()
})
