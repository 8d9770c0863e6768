// Where the reader of a long conversation is. The rows are virtual (TanStack Virtual: only those near the screen are in
// the page); each hangs on its key, so the row that is read keeps its place whatever is loaded, dropped or measured above
// it. Standing at the end it follows what is added; it opens at the first unread message.
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { Chat } from '../state/chat.ts'
import type { ConversationView } from '../state/chat-view.ts'
import { type ListRow, UNREAD_KEY } from './run.ts'

export interface ThreadScroll {
  readonly virtualizer: Virtualizer<HTMLElement, HTMLLIElement>
  readonly scroller: RefObject<HTMLElement | null>
  /** What stands above the rows, inside the scroller. */
  readonly head: RefObject<HTMLDivElement | null>
  readonly headHeight: number
  /** The rows are somewhere where they may be seen. */
  readonly isPlaced: boolean
  /** They are where they are meant to be seen first, by all that the server knows. */
  readonly isSettled: boolean
  /** Of the whole conversation, not of a window further up. */
  readonly isAtEnd: boolean
  readonly isLineAbove: boolean
  /** The id of a message that somebody was just led to. */
  readonly shown: string | null
  look(): void
  toEnd(): void
  toLine(): void
  /** Leads to a message as soon as it is among the rows. */
  lead(id: string): void
}

interface ThreadScrollOptions {
  /** Somebody is led to a message: it does not begin at the end. */
  readonly isLed: boolean
  /** What is shown is what the server knows, not this device's copy. */
  readonly isFresh: boolean
  readonly isOffline: boolean
}

/** Pixels that still count as the end: fractions of zoomed pages, and a finger that rests. */
const END_PX = 24
/** Rows beyond the screen that are in the page. */
const OVERSCAN = 16
/** So many rows from either edge of what is loaded, more is asked for. */
const NEAR_ROWS = 25
/** Below the last row. */
const FOOT_PX = 16
/** What was read already and still shows above the first unread message. */
const LEAD_PX = 48
/** A flick goes on for so long. */
const TOUCH_MS = 1_000
/** How long the list waits for where the unread part begins before it opens at its end. */
const PLACING_MS = 2_000
const SHOWN_MS = 2_500

export function useThreadScroll(
  chat: Chat,
  conversation: ConversationView,
  rows: readonly ListRow[],
  { isLed, isFresh, isOffline }: ThreadScrollOptions,
): ThreadScroll {
  const { key, peer, unread, firstUnread, hasEarlier, hasLater, loading } = conversation
  const scroller = useRef<HTMLElement>(null)
  const head = useRef<HTMLDivElement>(null)
  const [headHeight, setHeadHeight] = useState(0)
  const [isPlaced, setPlaced] = useState(false)
  const [isSettled, setSettled] = useState(false)
  const wasPlaced = useRef(false)
  const [isAtEnd, setAtEnd] = useState(true)
  const [isLineAbove, setLineAbove] = useState(false)
  const [shown, setShown] = useState<string | null>(null)
  /** In a ref too: what is decided right after a change must not go by the place before it. */
  const atEnd = useRef(true)
  /** Of the last look. */
  const seen = useRef({ scrollTop: 0, scrollHeight: 0, rows })
  /** When its reader last did something with the list, on the clock of `performance`. */
  const touchedAt = useRef(Number.NEGATIVE_INFINITY)
  const wanted = useRef<{ readonly to: 'end' } | { readonly to: 'row'; readonly id: string } | null>(null)
  const [, render] = useState(0)
  const indexByKey = useMemo(() => new Map(rows.map((row, index) => [row.key, index])), [rows])

  // The same functions as long as the rows are the same: otherwise all of them are measured anew at each movement.
  const me = chat.me.id
  const isPublic = peer === null
  const getItemKey = useCallback((index: number) => rows[index]?.key ?? index, [rows])
  const estimateSize = useCallback(
    (index: number) => estimateOf(rows[index], me, scroller.current?.clientWidth ?? 0, isPublic),
    [rows, me, isPublic],
  )
  const getScrollElement = useCallback(() => scroller.current, [])
  const virtualizer = useVirtualizer<HTMLElement, HTMLLIElement>({
    count: rows.length,
    getScrollElement,
    getItemKey,
    estimateSize,
    measureElement: heightOf,
    overscan: OVERSCAN,
    anchorTo: 'end',
    followOnAppend: !hasLater,
    scrollEndThreshold: END_PX,
    scrollMargin: headHeight,
    paddingEnd: FOOT_PX,
    scrollPaddingStart: LEAD_PX,
  })
  // By default what changes its height above the screen is made up for only while one scrolls down.
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (item, _delta, instance) => {
    const offset = instance.scrollOffset ?? 0
    return instance.itemSizeCache.has(item.key) ? item.end <= offset : item.start < offset
  }

  const lineIndex = indexByKey.get(UNREAD_KEY) ?? -1
  const look = useCallback(() => {
    const box = scroller.current
    if (!box) return
    const { scrollTop, scrollHeight } = box
    const before = seen.current
    seen.current = { scrollTop, scrollHeight, rows }
    const isEnd = !hasLater && scrollHeight - box.clientHeight - scrollTop <= END_PX
    // What comes takes the end away from its reader, who is brought back to it; only the reader leaves it, upwards. (As
    // many rows may come below as are dropped above: the height alone does not tell the two apart.)
    const isTouched = performance.now() - touchedAt.current < TOUCH_MS
    const isSame = scrollHeight === before.scrollHeight && rows === before.rows
    const hasLeft = scrollTop < before.scrollTop - 1 && (isSame || isTouched)
    if (isEnd) atEnd.current = true
    else if (hasLeft) atEnd.current = false
    setAtEnd(atEnd.current)
    const line = lineIndex < 0 ? null : virtualizer.measurementsCache[lineIndex]
    setLineAbove(line != null && line.end < scrollTop)
  }, [hasLater, lineIndex, rows, virtualizer])

  const toEnd = useCallback(() => {
    wanted.current = { to: 'end' }
    atEnd.current = true
    if (hasLater) chat.toNewest(key)
    render(count => count + 1)
  }, [chat, key, hasLater])

  const lead = useCallback((id: string) => {
    wanted.current = { to: 'row', id }
    render(count => count + 1)
  }, [])

  const toLine = useCallback(() => {
    void chat.loadUnread(key).then(id => {
      if (id !== null) lead(UNREAD_KEY)
    })
  }, [chat, key, lead])

  // Opening: what is known is shown at once, at the first unread message or the end. What the server then tells of what
  // was missed moves it once more, unless its reader has moved it already.
  const lineIndexNow = indexByKey.get(UNREAD_KEY)
  const isLineAwaited = unread > 0 && lineIndexNow === undefined
  useLayoutEffect(() => {
    if (isSettled || rows.length === 0) return
    const place = () => {
      wasPlaced.current = true
      setPlaced(true)
      if (isLed || touchedAt.current > 0) return
      atEnd.current = lineIndexNow === undefined
      if (lineIndexNow === undefined) virtualizer.scrollToEnd()
      else virtualizer.scrollToIndex(lineIndexNow, { align: 'start' })
    }
    if (!isFresh) {
      if (!isPlaced) place()
      return
    }
    const settle = () => {
      place()
      setSettled(true)
    }
    if (!isLineAwaited || isLed) return settle()
    if (firstUnread) void chat.loadUnread(key)
    const timer = setTimeout(settle, PLACING_MS)
    return () => clearTimeout(timer)
  }, [
    chat,
    key,
    isFresh,
    isSettled,
    isPlaced,
    isLed,
    rows.length,
    isLineAwaited,
    lineIndexNow,
    firstUnread,
    virtualizer,
  ])

  useEffect(() => {
    const box = scroller.current
    if (!box) return
    const move = () => {
      touchedAt.current = performance.now()
    }
    const kinds = ['wheel', 'touchmove', 'keydown'] as const
    for (const kind of kinds) box.addEventListener(kind, move, { passive: true })
    return () => {
      for (const kind of kinds) box.removeEventListener(kind, move)
    }
  }, [])

  // After each change: go where somebody wanted to go, as soon as that is there; else stay at the end.
  useLayoutEffect(() => {
    if (!isPlaced) return
    const goal = wanted.current
    if (goal?.to === 'end' && !hasLater) {
      wanted.current = null
      virtualizer.scrollToEnd()
    } else if (goal?.to === 'row') {
      const index = indexByKey.get(goal.id)
      if (index === undefined) return
      wanted.current = null
      atEnd.current = false
      virtualizer.scrollToIndex(index, { align: 'center' })
      if (goal.id !== UNREAD_KEY) setShown(goal.id)
    }
  })
  useLayoutEffect(() => {
    if (rows.length > 0 && atEnd.current && wasPlaced.current && !hasLater) virtualizer.scrollToEnd()
  }, [rows, hasLater, virtualizer])
  useLayoutEffect(look, [look])

  useEffect(() => {
    if (shown === null) return
    const timer = setTimeout(() => setShown(null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [shown])

  // A composer that grows, a keyboard that opens: the end stays in sight.
  useLayoutEffect(() => {
    const [box, above] = [scroller.current, head.current]
    if (!box || !above) return
    const resizes = new ResizeObserver(() => {
      setHeadHeight(above.offsetHeight)
      if (atEnd.current && wasPlaced.current) box.scrollTop = box.scrollHeight
    })
    resizes.observe(box)
    resizes.observe(above)
    setHeadHeight(above.offsetHeight)
    return () => resizes.disconnect()
  }, [])

  // More is loaded before its lack is seen.
  const items = virtualizer.getVirtualItems()
  const isNearStart = (items[0]?.index ?? 0) < NEAR_ROWS
  const isNearEnd = (items.at(-1)?.index ?? 0) >= rows.length - NEAR_ROWS
  useEffect(() => {
    if (loading !== 'idle' || (rows.length === 0 && !isFresh && !isOffline)) return
    // Without a row nothing is ever placed: what there is, if anything, has to be asked for.
    if (rows.length === 0) return void (hasEarlier && chat.loadEarlier(key))
    if (!isPlaced || wanted.current !== null) return
    if (isNearStart && hasEarlier) void chat.loadEarlier(key)
    else if (isNearEnd && hasLater) void chat.loadLater(key)
  })

  // What could not be had without a connection is asked for again.
  const isLacking = rows.length === 0 && loading === 'failed'
  const wasOffline = useRef(isOffline)
  useEffect(() => {
    if (wasOffline.current && !isOffline && isLacking) void chat.loadEarlier(key)
    wasOffline.current = isOffline
  }, [chat, key, isOffline, isLacking])

  return {
    virtualizer,
    scroller,
    head,
    headHeight,
    isPlaced,
    isSettled,
    isAtEnd,
    isLineAbove,
    shown,
    look,
    toEnd,
    toLine,
    lead,
  }
}

/** To the fraction: the rows stand in the flow of the page, so rounded heights would add up to a jump. */
function heightOf(row: Element, entry: ResizeObserverEntry | undefined): number {
  return entry?.borderBoxSize[0]?.blockSize ?? row.getBoundingClientRect().height
}

/** About as high as a row will be, in pixels, as style/thread.css has it: what is measured later moves less. */
function estimateOf(row: ListRow | undefined, me: string, width: number, isPublic: boolean): number {
  if (!row || row.kind === 'day' || row.kind === 'unread') return 47
  const isOwn = row.kind === 'pending' || row.message.from.id === me
  const text = row.kind === 'message' ? row.message.text : row.pending.text
  const columns = Math.max(20, Math.min(72, (width - 130) / 7.8))
  const lines = text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0)
  const author = isPublic && !isOwn ? 22 : 0
  const quote = row.kind === 'message' && row.message.replyTo ? 31 : 0
  return 20 + Math.max(24, 23.2 * lines) + (row.isFirst ? 10 + author : 0) + quote
}
