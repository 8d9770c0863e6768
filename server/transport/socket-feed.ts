// A subscription of the fan-out on a socket: batches of its feed come in, frames with its operation id go out.
import type { Batch, CaughtUp, Sink } from '../feed/feed.ts'
import type { FeedHandle } from '../feed/log.ts'
import { buildTemplate, encodeId, fill } from './fan-out/frame.ts'
import type { Group } from './fan-out/group.ts'
import type { Peer, Running } from './peer.ts'

/** What is told of a feed that the server ended: null for an orderly end. */
export type OnEnded = (peer: Peer, operationId: string, cause: unknown) => void

export class SocketFeed implements Sink, Running {
  readonly #peer: Peer
  readonly #operationId: string
  /** As it stands in frames, and its bytes there. Not a Buffer: that is 180 bytes more for each subscription. */
  readonly #id: string
  readonly #idLength: number
  readonly #group: Group
  readonly #onEnded: OnEnded
  #handle: Pick<FeedHandle, 'resume' | 'close'> | null = null
  #ended = false

  constructor(peer: Peer, operationId: string, group: Group, onEnded: OnEnded) {
    this.#peer = peer
    this.#operationId = operationId
    this.#id = encodeId(operationId)
    this.#idLength = Buffer.byteLength(this.#id)
    this.#group = group
    this.#onEnded = onEnded
    peer.run(operationId, this)
  }

  /** Ties it to its feed; at once closed again if the client has gone meanwhile. */
  attach(handle: Pick<FeedHandle, 'resume' | 'close'>): void {
    this.#handle = handle
    if (this.#ended) handle.close()
  }

  get congested(): boolean {
    return this.#peer.socket.writableNeedDrain
  }

  get overflowing(): boolean {
    const { backlogBytes } = this.#peer.settings
    return backlogBytes > 0 && this.#peer.socket.writableLength > backlogBytes
  }

  deliver(batch: Batch): void {
    if (this.#ended || !this.#peer.open) return
    const template = this.#group.template(batch, this.#idLength)
    // Nothing of the batch is shown by the operation.
    if (template.bytes.length === 0) return
    fill(template, this.#id)
    if (!this.#peer.write(template.bytes)) template.bytes = Buffer.from(template.bytes)
  }

  caughtUp(mark: CaughtUp): void {
    const payload = this.#group.caughtUp(mark)
    if (payload) this.deliverValue(payload)
  }

  /** Writes one encoded result that is no entry of the log. */
  deliverValue(payload: Buffer): void {
    if (this.#ended || !this.#peer.open) return
    const template = buildTemplate([payload], this.#idLength)
    fill(template, this.#id)
    this.#peer.write(template.bytes)
  }

  ended(cause: unknown): void {
    if (this.#finish()) this.#onEnded(this.#peer, this.#operationId, cause)
  }

  stop(): void {
    this.#finish()
  }

  drained(): void {
    this.#handle?.resume()
  }

  #finish(): boolean {
    if (this.#ended) return false
    this.#ended = true
    this.#peer.finished(this.#operationId, this)
    this.#handle?.close()
    this.#group.leave(this.#peer.address)
    return true
  }
}
