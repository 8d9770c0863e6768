// What the sampled sockets decode: every message, once, in order, as it was sent; and how long each took.
import type { ChatMessage } from './chat-client.ts'
import { MARKER, readText } from './texts.ts'

export class Samples {
  /** Milliseconds from send to decoded, of all sampled sockets, while `isMeasuring`. */
  latencies: number[] = []
  isMeasuring = false
  /** How many messages were compared since the last restart. */
  checked = 0
  readonly #expected: number[] = []
  readonly #onFault: (fault: string) => void

  constructor(onFault: (fault: string) => void) {
    this.#onFault = onFault
  }

  /** The next message is number 0. */
  restart(): void {
    this.latencies = []
    this.checked = 0
    this.#expected.fill(0)
  }

  /** Answers with what one sampled socket calls for each message. */
  socket(name: string): (message: ChatMessage) => void {
    const socket = this.#expected.push(0) - 1
    let lastCursor = ''
    return message => {
      const now = performance.now()
      const { id, cursor, from, to, text, sentAt } = message
      if (text === MARKER) return
      const read = readText(text)
      if (read === null) return this.#onFault(`${name} got a text that nobody sent: ${text}`)
      const expected = this.#expected[socket]
      if (read.number !== expected) this.#onFault(`${name} got message ${read.number} instead of ${expected}`)
      this.#expected[socket] = read.number + 1
      if (!id || cursor <= lastCursor || from.username !== 'sender' || !from.id || to !== null || !sentAt) {
        this.#onFault(`${name} got a message with a field missing or out of order: ${JSON.stringify(message)}`)
      }
      lastCursor = cursor
      this.checked++
      if (this.isMeasuring) this.latencies.push(now - read.sentAt)
    }
  }
}
