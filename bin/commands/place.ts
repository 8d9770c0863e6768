// Which space a command is about: in a data folder or in a Redis, as a server would take it from the environment, unless
// the command line says otherwise.
import { UsageError } from '../../client/terminal/command.ts'
import { ConfigError, parseConfig } from '../../server/config.ts'
import { spaceFolder } from '../../server/store/sqlite/data-dir.ts'
import type { ProgramTexts } from './texts.ts'

export type Place =
  | { readonly kind: 'folder'; readonly dataDir: string }
  | { readonly kind: 'redis'; readonly url: string; readonly space: string; readonly allowVolatile: boolean }

export interface PlaceArgs {
  readonly 'data-dir'?: string | undefined
  readonly redis?: string | undefined
  readonly space?: string | undefined
}

/** The rows of a command's table. */
export function placeArgs({ place: words }: ProgramTexts) {
  return {
    'data-dir': { type: 'string', valueHint: 'path', description: words.dataDir },
    redis: { type: 'string', valueHint: 'url', description: words.redis },
    space: { type: 'string', valueHint: 'name', description: words.space },
  } as const
}

/** @throws UsageError */
export function placeOf(args: PlaceArgs, texts: ProgramTexts): Place {
  const env: Record<string, string | undefined> = { ...process.env }
  const dataDir = args['data-dir']
  if (dataDir !== undefined && args.redis !== undefined) throw new UsageError(texts.place.either)
  if (dataDir !== undefined) Object.assign(env, { DATA_DIR: dataDir, REDIS_URL: '' })
  if (args.redis !== undefined) env.REDIS_URL = args.redis
  if (args.space !== undefined) env.SPACE = args.space
  try {
    const config = parseConfig(env)
    const { redisUrl: url, space, redisAllowVolatile: allowVolatile } = config
    if (url !== null) return { kind: 'redis', url, space, allowVolatile }
    return { kind: 'folder', dataDir: spaceFolder(config.dataDir, space) }
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message)
    throw error
  }
}

/** For people: never with a password. */
export function describePlace(place: Place): string {
  if (place.kind === 'folder') return place.dataDir
  const addresses = place.url.replace(/^(rediss?:\/\/)[^@]*@/, '$1')
  return `${addresses} ${place.space}`
}
