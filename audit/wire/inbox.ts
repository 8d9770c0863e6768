// What has come and was not looked at yet: one side pushes, the other waits for the next, with a bound.
import { Failed } from '../audit.ts'

export class Inbox<Item> {
  readonly #items: Item[] = []
  #wake: (() => void) | null = null
  #end: string | null = null

  push(item: Item): void {
    if (this.#end !== null) return
    this.#items.push(item)
    this.#wake?.()
  }

  /** Nothing comes any more; what has come can still be taken. */
  end(why: string): void {
    this.#end ??= why
    this.#wake?.()
  }

  /** The next one. @throws Failed when none comes in time, or the other side has ended */
  async take(what: string, ms: number): Promise<Item> {
    const until = performance.now() + ms
    for (;;) {
      if (this.#items.length > 0) return this.#items.shift() as Item
      if (this.#end !== null) throw new Failed(`${what}: ${this.#end}`)
      const left = until - performance.now()
      if (left <= 0) throw new Failed(`${what}: not within ${ms} ms`)
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** All that has come so far. */
  takeAll(): Item[] {
    return this.#items.splice(0)
  }
}
