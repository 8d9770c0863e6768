// What the program itself has to say: help, who is online, what was found, why something was not sent. It stands above the
// composer until Escape, or until something is sent.

export interface Panel {
  readonly lines: readonly string[]
  /** Adds to what is there. */
  say(text: string): void
  /** Replaces it. */
  show(text: string): void
  clear(): void
}

const MOST_LINES = 60

export function createPanel(changed: () => void): Panel {
  let lines: readonly string[] = []
  function put(next: readonly string[]): void {
    lines = next.slice(-MOST_LINES)
    changed()
  }
  return {
    get lines() {
      return lines
    },
    say: text => put([...lines, ...text.split('\n')]),
    show: text => put(text.split('\n')),
    clear: () => put([]),
  }
}
