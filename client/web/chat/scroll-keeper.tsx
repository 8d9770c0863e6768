// A scrolled list that stays where its reader is: at the end it follows what is added; anywhere else the row that is
// being read keeps its place while rows come and go above and below. (Browsers' own anchoring does not hold at the very
// top, and Safari's came late.) A class, because only a class is asked for the layout right before it changes.
import { Component, createRef, type ReactNode } from 'react'

interface ScrollKeeperProps {
  readonly label: string
  /** Its last row is the last there is: standing there, it follows what is added. */
  readonly isWhole: boolean
  /** When it changes, the list goes to its end. */
  readonly jump: number
  /** Where to begin: at a row with this attribute where there is one, else at the end. */
  readonly startAt: string
  /** After every movement and every change. */
  readonly onPlace: (place: ScrollPlace) => void
  readonly children: ReactNode
}

export interface ScrollPlace {
  readonly isAtEnd: boolean
  /** Less than a good screen away. */
  readonly isNearStart: boolean
  readonly isNearEnd: boolean
}

interface Snapshot {
  readonly isAtEnd: boolean
  readonly anchor: { readonly name: string; readonly top: number } | null
}

/** Pixels that still count as the end: fractions of zoomed pages, and a finger that rests. */
const END_PX = 24
const NEAR_SCREENS = 1.5

export class ScrollKeeper extends Component<ScrollKeeperProps> {
  readonly #box = createRef<HTMLDivElement>()
  #resizes: ResizeObserver | null = null
  #isAtEnd = true

  override componentDidMount(): void {
    const box = this.#box.current
    if (!box) return
    const start = box.querySelector(this.props.startAt)
    if (start)
      box.scrollTop += start.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 4
    else box.scrollTop = box.scrollHeight
    this.#resizes = new ResizeObserver(() => {
      if (this.#isAtEnd) box.scrollTop = box.scrollHeight
      this.#place()
    })
    this.#resizes.observe(box)
    if (box.firstElementChild) this.#resizes.observe(box.firstElementChild)
    this.#place()
  }

  override componentWillUnmount(): void {
    this.#resizes?.disconnect()
  }

  override getSnapshotBeforeUpdate(): Snapshot {
    const box = this.#box.current
    if (!box || this.#isAtEnd) return { isAtEnd: true, anchor: null }
    const { top } = box.getBoundingClientRect()
    for (const row of box.querySelectorAll<HTMLElement>('[data-anchor]')) {
      const place = row.getBoundingClientRect()
      if (place.bottom > top) return { isAtEnd: false, anchor: { name: row.dataset.anchor ?? '', top: place.top } }
    }
    return { isAtEnd: false, anchor: null }
  }

  override componentDidUpdate(before: ScrollKeeperProps, _state: unknown, snapshot: Snapshot): void {
    const box = this.#box.current
    if (!box) return
    if (snapshot.isAtEnd || before.jump !== this.props.jump) box.scrollTop = box.scrollHeight
    else if (snapshot.anchor) {
      const row = box.querySelector(`[data-anchor="${CSS.escape(snapshot.anchor.name)}"]`)
      if (row) box.scrollTop += row.getBoundingClientRect().top - snapshot.anchor.top
    }
    this.#place()
  }

  readonly #place = () => {
    const box = this.#box.current
    if (!box) return
    const below = box.scrollHeight - box.clientHeight - box.scrollTop
    const near = box.clientHeight * NEAR_SCREENS
    this.#isAtEnd = this.props.isWhole && below <= END_PX
    this.props.onPlace({ isAtEnd: this.#isAtEnd, isNearStart: box.scrollTop < near, isNearEnd: below < near })
  }

  override render(): ReactNode {
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
      <section ref={this.#box} className="scroller" aria-label={this.props.label} tabIndex={0} onScroll={this.#place}>
        {this.props.children}
      </section>
    )
  }
}
