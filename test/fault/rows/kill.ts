// kill -9 at random points under load: test/fault/kill.ts, so many times for each seed.
import { runKills } from '../kill.ts'
import { type Row, times } from './row.ts'

const KILLS = 20

export const kill: Row = {
  name: 'kill',
  fault: `kill -9 of the server at ${KILLS} random points under load`,
  also: 'starts within 5 s, or on a busy machine within three times what a start on an empty folder takes just then; the file passes `integrity_check`',
  async run({ seed, scale, onProgress }) {
    const kills = times(scale, KILLS)
    const report = await runKills({ kills, seed, onKill: done => onProgress?.(`${done} of ${kills} kills`) })
    const { slowestStartMs, damage, repeats } = report
    return {
      acknowledged: report.sends.acknowledged,
      applied: report.applied,
      sessions: report.sessions,
      figures: { kills, slowestStartMs, repeats },
      violations: report.violations,
      defects: [
        ...damage.map(said => `the file is damaged: ${said}`),
        ...report.lateStarts.map(late => `a start took ${late}`),
      ],
    }
  },
}
