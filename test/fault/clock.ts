// Loaded before a server (`--import`), in each of its threads: the clock on the wall, set back or forth by as many
// milliseconds as a file says, which is looked at again and again. Monotonic clocks go on, as they do on a real machine.
import { readFileSync } from 'node:fs'

const file = process.env.RECADO_TEST_CLOCK
const LOOK_EVERY_MS = 20

if (file !== undefined) {
  const real = Date.now
  let offset = read(file)
  const timer = setInterval(() => {
    offset = read(file)
  }, LOOK_EVERY_MS)
  timer.unref()
  const RealDate = Date
  const now = (): number => real() + offset
  globalThis.Date = new Proxy(RealDate, {
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  })
}

function read(path: string): number {
  return Number(readFileSync(path, 'utf8')) || 0
}
