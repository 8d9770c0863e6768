// Answers to sends are lost on their way, and the sends repeated: over HTTP by hand, over sockets by the library's outbox.
import { inAlone } from '../alone.ts'
import { pause } from '../devices.ts'
import { type Row, times } from './row.ts'

const SECONDS = 6

export const lostAnswers: Row = {
  name: 'lost-answers',
  fault: 'a third of the acknowledgements are lost, and the sends repeated; some are sent twice at once',
  also: 'the same message, one row',
  run: options =>
    inAlone({ ...options, libraries: 3 }, async alone => {
      const { random, proxy } = alone
      let lost = 0
      proxy.judge = chunk => {
        if (!chunk.includes('"sendMessage"') || random() >= 0.33) return 'pass'
        lost++
        return 'cut'
      }
      alone.load({ lanes: 6, twice: 0.3 })
      await pause(times(options.scale, SECONDS * 1_000, 1_500))
      proxy.judge = () => 'pass'
      alone.figures.lostAnswers = lost
      if (lost < 5) alone.wrong(`only ${lost} answers were lost`)
      await alone.quiet()
    }),
}
