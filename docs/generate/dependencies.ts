// Writes docs/dependencies.md from package.json, package-lock.json and the reasons. `npm run docs`.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import pageBuild from '../../client/web/vite.config.ts'
import { NODE_ITSELF, PAGE_REASONS, REASONS } from './dependency-reasons.ts'

const root = new URL('../../', import.meta.url)

/** An entry of the lock file: one installed package. */
interface Locked {
  readonly version: string
  readonly license?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly hasInstallScript?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

export interface Installed {
  /** Below the project: `node_modules/a/node_modules/b`. */
  readonly place: string
  readonly name: string
  readonly version: string
  readonly licence: string | null
  readonly hasInstallScript: boolean
}

export interface Dependency extends Installed {
  /** Places of what it needs to run, itself included. */
  readonly brings: ReadonlySet<string>
  /** Of these, what is there for it alone. */
  readonly alone: number
}

const packageOf = (place: string): string => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)

export interface Dependencies {
  /** Those of package.json. */
  readonly direct: readonly Dependency[]
  /** All that is installed to run. */
  readonly all: readonly Installed[]
  /** What the page's own files import: it is built into the page. */
  readonly page: readonly Dependency[]
}

/** What stands for what in the page's build. */
const ALIASES = pageBuild.resolve?.alias as Readonly<Record<string, string>>

/** Names of packages that the page and the library in it import. */
function importedByPage(): string[] {
  const files = globSync(['client/core/**/*.ts', 'client/web/**/*.{ts,tsx}'], { cwd: root.pathname })
  const sources = files.filter(file => !file.includes('/dist/') && !file.endsWith('vite.config.ts'))
  const specifiers = sources.flatMap(file =>
    [...readFileSync(new URL(file, root), 'utf8').matchAll(/(?:from|import) '([^.'][^':]*)'/g)].map(
      ([, found = '']) => found,
    ),
  )
  const packages = specifiers.map(found =>
    (ALIASES[found] ?? found).split('/', found.startsWith('@') ? 2 : 1).join('/'),
  )
  return [...new Set(packages)].sort()
}

export function readDependencies(): Dependencies {
  const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8')) as {
    packages: Record<string, Locked>
  }

  /** As Node looks for it: in the nearest folder above. Null: an optional one that is not there. */
  function resolve(name: string, from: string): string | null {
    const place = `${from === '' ? '' : `${from}/`}node_modules/${name}`
    if (packages[place]) return place
    return from === '' ? null : resolve(name, from.slice(0, Math.max(0, from.lastIndexOf('node_modules/') - 1)))
  }

  function collect(place: string, into: Set<string>): Set<string> {
    if (into.has(place)) return into
    into.add(place)
    const {
      dependencies,
      optionalDependencies,
      peerDependencies = {},
      peerDependenciesMeta = {},
    } = packages[place] ?? {}
    const peers = Object.keys(peerDependencies).filter(name => !peerDependenciesMeta[name]?.optional)
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      const found = resolve(name, place)
      if (found !== null) collect(found, into)
    }
    return into
  }

  const installed = (place: string): Installed => {
    const { version, license, hasInstallScript } = packages[place] as Locked
    return {
      place,
      name: packageOf(place),
      version,
      licence: license ?? null,
      hasInstallScript: hasInstallScript ?? false,
    }
  }
  const own = Object.keys(packages['']?.dependencies ?? {})
  const closures = new Map(own.map(name => [name, collect(`node_modules/${name}`, new Set())]))
  const describe = (name: string): Dependency => {
    const brings = closures.get(name) ?? collect(`node_modules/${name}`, new Set())
    const others = new Set(own.filter(other => other !== name).flatMap(other => [...(closures.get(other) ?? [])]))
    const alone = [...brings].filter(place => !others.has(place)).length
    return { ...installed(`node_modules/${name}`), brings, alone }
  }
  const running = Object.keys(packages).filter(
    place => place !== '' && !packages[place]?.dev && !packages[place]?.devOptional,
  )
  return { direct: own.map(describe), all: running.map(installed), page: importedByPage().map(describe) }
}

/** docs/dependencies.md, whole. */
export function describeDependencies(): string {
  const { direct, all, page } = readDependencies()
  const rows = direct.map(({ name, version, licence, brings, alone }) => {
    const { where, why, instead } = REASONS[name] ?? { where: '?', why: '?', instead: '?' }
    return `| \`${name}\` ${version} | ${where} | ${why} | ${instead} | ${licence ?? '?'} | ${brings.size - 1} | ${alone} |`
  })
  const pageRows = page
    .filter(({ name }) => !(name in REASONS))
    .map(({ name, version, licence }) => {
      const { why, instead } = PAGE_REASONS[name] ?? { why: '?', instead: '?' }
      return `| \`${name}\` ${version} | ${why} | ${instead} | ${licence ?? '?'} |`
    })
  const nodes = all.filter(({ name }) => NODE_ITSELF.test(name)).map(({ name }) => `\`${name}\``)
  const byLicence = new Map<string, string[]>()
  for (const { name, licence } of all) {
    const names = byLicence.get(licence ?? '?') ?? []
    if (!names.includes(name)) byLicence.set(licence ?? '?', [...names, name])
  }
  const licences = [...byLicence]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([licence, names]) => `| ${licence} | ${names.length} | ${names.sort().join(', ')} |`)

  return `<!-- Written by \`npm run docs\` from package-lock.json and docs/generate/dependency-reasons.ts. -->

# What Recado runs on

${direct.length} packages that we chose, which bring the rest: ${all.length} in all, at exactly the versions and with exactly the contents
(SHA-512) that \`package-lock.json\` names. None of them runs a script when it is installed, and all have licences that let
anybody use, change and pass them on; tests hold both (\`test/house/dependencies.test.ts\`). What only builds and tests
Recado is not listed here: nothing of it is in what runs.

The page is built once, from this repository, and served by the server itself: no script, style or font comes from
anywhere else. Built into it are ${page.map(({ name }) => `\`${name}\``).join(', ')} and what these bring.

\`npm run advisories\` asks the registry whether anything is known against these versions. It says so when the registry
does not answer: a check that could not be made is not one that passed (its status is 2 then, 1 where something is known).

## Each with its reason

*Brings* is how many other packages it needs; *alone* how many there would be less without it, itself included.

| package | where | why | without it | licence | brings | alone |
|---|---|---|---|---|---|---|
${rows.join('\n')}

In the page alone:

| package | why | without it | licence |
|---|---|---|---|
${pageRows.join('\n')}

Node itself comes from npm too, so that \`npm start\` runs on the version that Recado is tested with, whatever started npm:
${nodes.join(', ')}. They are optional: an image or a system that has Node 24 goes without.

## Licences

| licence | packages | which |
|---|---|---|
${licences.join('\n')}

## What was left out

- \`@graphql-tools/schema\`: the schema's own parser is graphql-js's; putting resolvers to it is a page
  (\`server/graphql/executable.ts\`).
- \`qrcode-terminal\`: the page already draws with \`uqr\`, which draws on terminals too and says its licence.
- A second ioredis, that graphql-redis-subscriptions would bring: \`overrides\` in package.json has it use ours.
- More of that kind: docs/decisions/0001-libraries-left-out.md.
`
}

if (import.meta.main) writeFileSync(new URL('docs/dependencies.md', root), describeDependencies())
