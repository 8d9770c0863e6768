// `recado/react`: the client library as hooks. They read what the core keeps and keep nothing of their own; React is the
// application's. urql's own hooks work below the same provider, typed by the documents of codegen.
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import { Provider as UrqlProvider } from 'urql'
import type { ConnectionState, FeedEvent, Outgoing, Recado, User } from '../core/types.ts'

const RecadoContext = createContext<Recado | null>(null)

export interface RecadoProviderProps {
  /** Null: there is none yet, and hooks below throw. */
  readonly value: Recado | null
  readonly children?: ReactNode
}

/**
 * Gives a client to all below it, to urql's hooks too: `<RecadoProvider value={recado}>`. Whoever made the client closes it.
 */
export function RecadoProvider({ value, children }: RecadoProviderProps): ReactElement {
  const below = value === null ? children : createElement(UrqlProvider, { value: value.client }, children)
  return createElement(RecadoContext.Provider, { value }, below)
}

/**
 * The client that the nearest provider gives.
 *
 * @throws Error when there is none
 */
export function useRecado(): Recado {
  const recado = useContext(RecadoContext)
  if (recado === null) throw new Error('useRecado needs a <RecadoProvider value={recado}> above it.')
  return recado
}

/** Where the connection stands. It does not connect by itself: a feed, presence or a send does. */
export function useConnection(): ConnectionState {
  const recado = useRecado()
  return useSyncExternalStore(
    onChange => recado.onState(onChange),
    () => recado.state,
    () => recado.state,
  )
}

/** What waits to be sent and what was refused, oldest first. */
export function useOutbox(): readonly Outgoing[] {
  const { outbox } = useRecado()
  return useSyncExternalStore(
    onChange => outbox.onChange(onChange),
    () => outbox.entries,
    () => outbox.entries,
  )
}

/** Who is online, by username. Undefined until the server has said so for the first time. */
export function usePresence(): readonly User[] | undefined {
  const recado = useRecado()
  const [online, setOnline] = useState<readonly User[]>()
  useEffect(() => {
    const stop = recado.onPresence(setOnline)
    return () => {
      stop()
      setOnline(undefined)
    }
  }, [recado])
  return online
}

/**
 * Every event of the feed while the component is there, once and in order. What comes while no component listens is
 * brought to the next one.
 *
 * @param listener may be another function at each rendering: the latest is called
 * @param since where to begin, if the feed has not begun yet
 */
export function useFeed(listener: (event: FeedEvent) => void, since?: string): void {
  const recado = useRecado()
  const latest = useRef(listener)
  useEffect(() => {
    latest.current = listener
  })
  // The feed has begun after the first time: another `since` would change nothing.
  const begin = useRef(since)
  useEffect(() => recado.feed.subscribe(event => latest.current(event), begin.current), [recado])
}
