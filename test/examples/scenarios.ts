// What people expect of a chat, each played on a step of examples/escada.md: true when it held. Nothing waits for silence:
// what must not arrive is looked for once something said later has arrived, on the same connection, in order.
import { randomUUID } from 'node:crypto'
import { until } from '../setup/until.ts'
import type { Chat, Device, EnterOptions } from './staircase.ts'

export interface Scenario {
  readonly id: string
  readonly pt: string
  readonly en: string
  play(chat: Chat): Promise<boolean>
}

let calls = 0

/** Who says the last word, in each chat. */
const heralds = new WeakMap<Chat, Device>()

/** Somebody says something to everyone; resolves once these devices have whatever was said to them before it. */
async function afterwards(chat: Chat, ...devices: readonly Device[]): Promise<void> {
  const text = `até aqui ${++calls}`
  const herald = heralds.get(chat) ?? (await entered(chat, 'arauto'))
  heralds.set(chat, herald)
  await herald.say(text)
  await until(text, () => herald.texts.includes(text))
  for (const device of devices) await device.settled(text)
}

async function entered(chat: Chat, name: string, options?: EnterOptions): Promise<Device> {
  const device = await chat.enter(name, options)
  if (device === null) throw new Error(`${name} was refused`)
  return device
}

const count = (device: Device, text: string): number => device.texts.filter(each => each === text).length

export const SCENARIOS: readonly Scenario[] = [
  {
    id: 'public',
    pt: 'uma mensagem pública chega a todos, uma vez',
    en: 'a public message reaches everyone, once',
    async play(chat) {
      const [ana, bia] = [await entered(chat, 'ana1'), await entered(chat, 'bia1')]
      await ana.say('oi, gente')
      await afterwards(chat, ana, bia)
      const ok = count(ana, 'oi, gente') === 1 && count(bia, 'oi, gente') === 1
      ana.drop()
      bia.drop()
      return ok
    },
  },
  {
    id: 'private',
    pt: 'o que vai por `/msg` só chega a quem deve',
    en: 'what goes by `/msg` reaches only whom it should',
    async play(chat) {
      const devices = [await entered(chat, 'ana2'), await entered(chat, 'joao2'), await entered(chat, 'bia2')] as const
      const [ana, joao, bia] = devices
      await ana.say('/msg joao2 a chave está no vaso')
      await ana.say('/mgs joao2 e a porta é a azul')
      await afterwards(chat, ...devices)
      const leaked = bia.texts.some(text => /vaso|azul/.test(text))
      const arrived = count(joao, 'a chave está no vaso') === 1
      for (const device of devices) device.drop()
      return arrived && !leaked
    },
  },
  {
    id: 'devices',
    pt: 'uma privada chega a todos os aparelhos de quem recebe e de quem envia, e a mais ninguém',
    en: 'a private message reaches all devices of its recipient and of its sender, and nobody else',
    async play(chat) {
      const bia = await entered(chat, 'bia3')
      const phones = [await entered(chat, 'joao3'), await entered(chat, 'joao3')] as const
      const senders = [await entered(chat, 'ana3'), await entered(chat, 'ana3')] as const
      await senders[1].say('/msg joao3 nos dois')
      await afterwards(chat, bia, ...phones, ...senders)
      const ok =
        [...phones, ...senders].every(device => count(device, 'nos dois') === 1) && count(bia, 'nos dois') === 0
      for (const device of [bia, ...phones, ...senders]) device.drop()
      return ok
    },
  },
  {
    id: 'stranger',
    pt: 'um estranho não entra com o nome de outra pessoa',
    en: 'a stranger does not get in under somebody’s name',
    async play(chat) {
      const joao = await entered(chat, 'joao4', { password: 'a do próprio joao' })
      const stranger = await chat.enter('joao4', { password: 'um palpite qualquer' })
      joao.drop()
      stranger?.drop()
      return stranger === null
    },
  },
  {
    id: 'drop',
    pt: 'quem caiu volta e recebe o que perdeu, uma vez, na ordem',
    en: 'whoever dropped comes back and gets what was missed, once, in order',
    async play(chat) {
      const [ana, joao] = [await entered(chat, 'ana5'), await entered(chat, 'joao5')]
      await ana.say('antes')
      await afterwards(chat, joao)
      joao.drop()
      for (const text of ['um', '/msg joao5 dois', 'três']) await ana.say(text)
      await afterwards(chat, ana)
      const back = await entered(chat, 'joao5', { cursor: joao.cursor() })
      await ana.say('depois')
      await afterwards(chat, back)
      const seen = back.texts.filter(text => ['antes', 'um', 'dois', 'três', 'depois'].includes(text))
      ana.drop()
      back.drop()
      return seen.join() === 'um,dois,três,depois'
    },
  },
  {
    id: 'crash',
    pt: 'o servidor morre (`kill -9`) e volta: nada do que alguém viu se perdeu, e o nome ainda tem dono',
    en: 'the server dies (`kill -9`) and comes back: nothing that somebody saw is lost, and the name has its owner',
    async play(chat) {
      const [ana, joao] = [await entered(chat, 'ana6'), await entered(chat, 'joao6', { password: 'a do próprio joao' })]
      await afterwards(chat, joao)
      joao.drop()
      await ana.say('/msg joao6 guarde isto')
      await afterwards(chat, ana)
      await chat.crash()
      heralds.delete(chat)
      const stranger = await chat.enter('joao6', { password: 'um palpite qualquer' })
      stranger?.drop()
      if (stranger !== null) return false
      const back = await entered(chat, 'joao6', { password: 'a do próprio joao', cursor: joao.cursor() })
      await afterwards(chat, back)
      const ok = count(back, 'guarde isto') === 1
      back.drop()
      return ok
    },
  },
  {
    id: 'repeat',
    pt: 'um envio cuja resposta se perdeu é repetido, e continua sendo uma mensagem',
    en: 'a send whose answer was lost is repeated, and is still one message',
    async play(chat) {
      const [ana, bia] = [await entered(chat, 'ana7'), await entered(chat, 'bia7')]
      const nonce = randomUUID()
      await ana.say('uma vez só', nonce)
      await afterwards(chat, bia)
      // The answer did not come through: the client can't know that it was sent.
      ana.drop()
      const again = await entered(chat, 'ana7', { cursor: ana.cursor() })
      await again.say('uma vez só', nonce)
      await afterwards(chat, again, bia)
      const ok = count(bia, 'uma vez só') === 1
      again.drop()
      bia.drop()
      return ok
    },
  },
]
