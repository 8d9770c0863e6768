// The seam between replay and live: in the hub itself, at every moment of it; and over sockets, by clients that come back
// again and again while everybody writes.
import { joinFeeds } from '../../feed/joining.ts'
import { pick } from '../../setup/random.ts'
import { inAlone } from '../alone.ts'
import { pause } from '../devices.ts'
import { type Row, times } from './row.ts'

const JOINS = 10_000
const RETURNS = 1_000

export const seam: Row = {
  name: 'seam',
  fault: 'publishing exactly between replay and live, 10,000 times; 1,000 returns over sockets under load',
  also: 'each feed has everything once',
  async run(options) {
    const joins = times(options.scale, JOINS, 500)
    const inside = await joinFeeds(joins, options.seed)
    const outcome = await inAlone({ ...options, devices: 6 }, async alone => {
      const { random, stock } = alone
      alone.load({ lanes: 8, pauseMs: 5 })
      const returns = times(options.scale, RETURNS, 50)
      for (let n = 0; n < returns; n++) {
        pick(stock, random).hop(0)
        if (n % 20 === 0) alone.say(`${n} of ${returns} returns`)
        await pause(random() * 15)
      }
      alone.figures.returns = returns
    })
    return {
      ...outcome,
      figures: { ...outcome.figures, joins, deliveriesToThem: inside.deliveries },
      violations: [...inside.violations, ...outcome.violations],
    }
  },
}
