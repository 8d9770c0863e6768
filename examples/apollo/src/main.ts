// The page: a name, then the messages and a line to write.
import { createApollo, startChat } from './chat.ts'
import { Enter } from './documents.ts'
import type { LineFragment } from './generated/graphql.ts'

const enter = element('enter', HTMLFormElement)
const send = element('send', HTMLFormElement)
const state = element('state', HTMLParagraphElement)
const list = element('messages', HTMLOListElement)

enter.addEventListener('submit', async event => {
  event.preventDefault()
  try {
    const username = String(new FormData(enter).get('username'))
    const { data } = await createApollo().mutate({ mutation: Enter, variables: { username } })
    if (data) start(data.enter.token)
  } catch (error) {
    state.textContent = String(error)
  }
})

function start(token: string): void {
  enter.hidden = true
  send.hidden = false
  const chat = startChat({
    token,
    onPage: messages => list.replaceChildren(...messages.map(row)),
    onMessage: message => list.append(row(message)),
    onState(next) {
      state.textContent = next
    },
  })
  send.addEventListener('submit', async event => {
    event.preventDefault()
    const text = String(new FormData(send).get('text'))
    send.reset()
    await chat.send(text).catch(error => {
      state.textContent = String(error)
    })
  })
}

function row({ from, to, text }: LineFragment): HTMLLIElement {
  const item = document.createElement('li')
  item.textContent = `${from.username}${to ? ` → ${to.username}` : ''}: ${text}`
  return item
}

function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`no #${id}`)
  return found
}
