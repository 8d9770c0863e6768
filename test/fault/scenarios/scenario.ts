// What every scenario is: something that happens to a world, and the report at its end.
import { createWorld, type Report, type World, type WorldOptions } from '../nodes.ts'

export interface ScenarioOptions {
  readonly seed: number
  /** 1: the whole thing. The suite runs a fraction of it. */
  readonly scale: number
  onProgress?(what: string): void
}

export interface Scenario {
  readonly name: string
  /** In one line. */
  readonly about: string
  run(options: ScenarioOptions): Promise<Report>
}

export async function inWorld(
  options: ScenarioOptions & Omit<WorldOptions, 'seed'>,
  play: (world: World) => Promise<void>,
): Promise<Report> {
  const world = await createWorld(options)
  try {
    // What was recorded until then says more than that it went no further.
    await play(world).catch(error => world.ledger.violate('A', 'the scenario', String(error)))
    return await world.finish()
  } finally {
    await world.dispose()
  }
}

/** A number of times in proportion, at least once. */
export function times(scale: number, count: number, least = 1): number {
  return Math.max(least, Math.round(scale * count))
}
