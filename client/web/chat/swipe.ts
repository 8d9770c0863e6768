// On a touch screen a message that is pulled to the side is answered, as people know it from their phones. Everything it
// does is on the message's buttons too.

/** Pixels: so far it must be pulled, and so far it goes at most. */
const ENOUGH_PX = 56
const MOST_PX = 72
/** Sideways for so long before it counts as a pull and not as a scroll. */
const SLOP_PX = 12

interface Swipe {
  readonly row: HTMLElement
  readonly x: number
  readonly y: number
  by: number
}

/** @param onSwipe gets the row that was pulled far enough @returns ends it */
export function followSwipes(box: HTMLElement, onSwipe: (row: HTMLElement) => void): () => void {
  let swipe: Swipe | null = null

  const end = () => {
    if (!swipe) return
    const { row, by } = swipe
    swipe = null
    row.style.translate = ''
    if (by >= ENOUGH_PX) onSwipe(row)
  }
  const cancel = () => {
    if (swipe) swipe.by = 0
    end()
  }
  const start = (event: TouchEvent) => {
    const [touch] = event.touches
    const row = (event.target as HTMLElement).closest<HTMLElement>('li.message')
    swipe = touch && row && event.touches.length === 1 ? { row, x: touch.clientX, y: touch.clientY, by: 0 } : null
  }
  const move = (event: TouchEvent) => {
    const [touch] = event.touches
    if (!swipe || !touch) return
    const along = touch.clientX - swipe.x
    if (Math.abs(touch.clientY - swipe.y) > Math.max(SLOP_PX, Math.abs(along))) return cancel()
    swipe.by = along > SLOP_PX ? Math.min(along, MOST_PX) : 0
    swipe.row.style.translate = swipe.by === 0 ? '' : `${swipe.by}px`
  }

  const ending = new AbortController()
  const quietly = { passive: true, signal: ending.signal }
  box.addEventListener('touchstart', start, quietly)
  box.addEventListener('touchmove', move, quietly)
  box.addEventListener('touchend', end, quietly)
  box.addEventListener('touchcancel', cancel, quietly)
  return () => ending.abort()
}
