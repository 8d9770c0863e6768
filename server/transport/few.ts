// A map for what is nearly always one: the first entry is kept here, and only where there are more is there a Map. An
// empty Map with room for four is 184 bytes, for each of many thousand sockets.

export class Few<Key, Value extends NonNullable<unknown>> {
  /** Undefined together with its key: free. What is in here is not in `#others`. */
  #value: Value | undefined = undefined
  #key: Key | undefined = undefined
  /** Stays once there was a second at the same time: whoever had one has another soon. */
  #others: Map<Key, Value> | null = null

  get(key: Key): Value | undefined {
    return this.#value !== undefined && this.#key === key ? this.#value : this.#others?.get(key)
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined
  }

  set(key: Key, value: Value): void {
    const isFirst = this.#value === undefined ? !this.#others?.has(key) : this.#key === key
    if (isFirst) {
      this.#key = key
      this.#value = value
      return
    }
    this.#others ??= new Map()
    this.#others.set(key, value)
  }

  delete(key: Key): void {
    if (this.#value !== undefined && this.#key === key) {
      this.#value = undefined
      this.#key = undefined
    } else this.#others?.delete(key)
  }

  /** As they are now: whoever walks them may set and delete. */
  values(): Value[] {
    const values = this.#others ? [...this.#others.values()] : []
    if (this.#value !== undefined) values.unshift(this.#value)
    return values
  }
}
