// What the test of the hooks puts on a page: a small application that shows everything they give.
import { createElement, StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { useQuery } from 'urql'
import { MeDocument } from '../../client/core/generated/graphql.ts'
import { createRecado } from '../../client/core/recado.ts'
import { enterHere } from '../../client/core/session.ts'
import type { Recado } from '../../client/core/types.ts'
import { RecadoProvider, useConnection, useFeed, useOutbox, usePresence, useRecado } from '../../client/react/index.ts'

function Texts() {
  const [texts, setTexts] = useState<readonly string[]>([])
  useFeed(event => {
    if (event.__typename === 'MessageAdded') setTexts([...texts, event.message.text])
  })
  return createElement('p', { id: 'texts' }, texts.join())
}

function App() {
  const recado = useRecado()
  const [open, setOpen] = useState(true)
  const [{ data }] = useQuery({ query: MeDocument })
  const words = {
    me: data?.me?.username,
    connection: useConnection(),
    online: usePresence()
      ?.map(({ username }) => username)
      .join(),
    outbox: useOutbox()
      .map(({ text, state }) => `${state} ${text}`)
      .join(),
  }
  return createElement(
    'main',
    null,
    Object.entries(words).map(([id, text]) => createElement('p', { id, key: id }, text)),
    createElement('button', { type: 'button', id: 'toggle', onClick: () => setOpen(!open) }),
    createElement('button', {
      type: 'button',
      id: 'refused',
      onClick: () => void recado.sendTo('nobody', 'lost').catch(() => {}),
    }),
    open && createElement(Texts),
  )
}

/** Enters, and shows the application; StrictMode mounts everything twice. */
export async function show(username: string): Promise<Recado> {
  const { me } = await enterHere({ url: '/', username })
  const recado = createRecado({ url: '/', account: me.id, minBackoffMs: 10, maxBackoffMs: 200 })
  const root = document.body.appendChild(document.createElement('div'))
  createRoot(root).render(
    createElement(StrictMode, null, createElement(RecadoProvider, { value: recado }, createElement(App))),
  )
  return recado
}

/** The same without a client above it. */
export function showBare(): Promise<unknown> {
  return new Promise(resolve => {
    createRoot(document.createElement('div'), { onUncaughtError: resolve }).render(createElement(App))
  })
}
