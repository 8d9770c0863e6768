// GraphQL documents by the grammar of schema.graphql, from a list of choices: mostly right, now and then wrong in a name, a
// type, an argument, a variable, a directive or a fragment. The same choices make the same document, and fewer a smaller.
import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql'

const schema = buildSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'))

/** What ends the very session that asks. */
const FINAL = new Set(['leave', 'deleteAccount', 'probe'])
const DEEPEST = 8

export type OperationKind = 'query' | 'mutation' | 'subscription'

export interface Generated {
  readonly kind: OperationKind
  readonly query: string
  readonly variables: Record<string, unknown>
}

/** @param known texts that mean something to the server: cursors, ids, names */
export function generateDocument(choices: readonly number[], known: readonly string[]): Generated {
  let used = 0
  /** From 0 to n - 1; 0 once there are no more choices. */
  const below = (n: number): number => (choices[used++] ?? 0) % n
  const one = <T>(values: readonly T[]): T => values[below(values.length)] as T
  const seldom = (n: number): boolean => below(n) === n - 1

  const fragments: string[] = []
  const variables = new Map<string, { type: string; value: unknown; standard: string }>()
  const strings = ['', 'x', 'joao', '/msg joao oi', '\u0000', '\ud83d', 'é'.repeat(50), '__proto__', ...known]

  function scalar(name: string): unknown {
    if (name === 'Int') return one([1, 0, -1, 50, 100, 101, 2_147_483_647, 1e12, 1.5])
    if (name === 'Boolean') return one([true, false])
    return one(strings)
  }

  function literal(type: GraphQLInputType): string {
    if (seldom(12))
      return one(['null', '[]', '{}', '"x"', '1', '1e99', 'true', 'NOTHING', '[[1]]', '{ a: 1 }', '"""x"""'])
    const named = getNamedType(type)
    if (isEnumType(named)) return one(named.getValues()).name
    return JSON.stringify(scalar(named.name))
  }

  function argument({ name, type }: GraphQLArgument): string {
    if (!seldom(3)) return `${name}: ${literal(type)}`
    const variable = `v${below(4)}`
    const known = variables.get(variable)
    if (!known || seldom(10)) {
      const wrong = seldom(8)
      const named = getNamedType(type)
      const value = wrong
        ? one([null, [], {}, 'x', 1, { __proto__: null, a: { b: [1] } }])
        : isEnumType(named)
          ? one(named.getValues()).name
          : scalar(named.name)
      variables.set(variable, {
        type: wrong ? one(['Int', 'String!', '[ID!]', 'Boolean', 'Nothing']) : String(type),
        value,
        standard: seldom(6) ? ` = ${literal(type)}` : '',
      })
    }
    return `${name}: $${variable}`
  }

  function directives(): string {
    if (!seldom(8)) return ''
    return one([
      ' @skip(if: false)',
      ' @include(if: true)',
      ' @include(if: false)',
      ' @skip(if: $v0)',
      ' @nothing',
      ' @skip',
      ' @deprecated',
    ])
  }

  function field(parent: GraphQLNamedType, depth: number): string {
    if (seldom(20)) return one(['nothing', '__typename', '__schema { queryType { name } }', 'id { x }', '... { }'])
    if (!isObjectType(parent) && !isInterfaceType(parent)) return '__typename'
    const fields = Object.values(parent.getFields()).filter(({ name }) => !FINAL.has(name))
    const { name, args, type } = one(fields)
    const alias = seldom(5) ? `a${below(3)}: ` : ''
    const given = args.filter(each => isNonNullType(each.type) || seldom(2))
    const list = given.length === 0 ? '' : `(${given.map(argument).join(', ')})`
    return `${alias}${name}${list}${directives()}${selectionOf(type, depth)}`
  }

  function selectionOf(type: GraphQLOutputType, depth: number): string {
    const named = getNamedType(type)
    if (!isCompositeType(named)) return seldom(25) ? ' { x }' : ''
    return seldom(25) ? '' : ` ${selections(named, depth + 1)}`
  }

  function selections(parent: GraphQLNamedType, depth: number): string {
    const count = depth > DEEPEST ? 0 : 1 + below(4)
    const parts = Array.from({ length: count }, () => {
      if (seldom(8)) return `... on ${typeFor(parent)}${directives()} ${selections(parent, depth + 1)}`
      if (seldom(10)) return spread(parent, depth)
      return field(parent, depth)
    })
    return `{ ${parts.join(' ') || '__typename'} }`
  }

  function typeFor(parent: GraphQLNamedType): string {
    if (seldom(8)) return one(['Query', 'User', 'Nothing', 'Cursor'])
    if (isUnionType(parent)) return one(parent.getTypes()).name
    return parent.name
  }

  function spread(parent: GraphQLNamedType, depth: number): string {
    if (seldom(6)) return `...f${below(fragments.length + 2)}`
    const name = `f${fragments.length}`
    fragments.push('')
    fragments[Number(name.slice(1))] = `fragment ${name} on ${typeFor(parent)} ${selections(parent, depth + 1)}`
    return `...${name}`
  }

  const kind = one(['query', 'query', 'query', 'mutation', 'subscription'] as const)
  const root = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  }[kind]
  if (!root) throw new Error(`The schema has no ${kind}`)
  const body = kind === 'subscription' && !seldom(6) ? `{ ${field(root, 1)} }` : selections(root, 1)
  const definitions = [...variables].map(([name, { type, standard }]) => `$${name}: ${type}${standard}`)
  const declared = definitions.length === 0 || seldom(15) ? '' : `(${definitions.join(', ')})`
  const query = `${kind} ${seldom(4) ? 'Name' : ''}${declared}${directives()} ${body} ${fragments.join(' ')}`
  const values = Object.fromEntries([...variables].filter(() => !seldom(10)).map(([name, { value }]) => [name, value]))
  return { kind, query: seldom(40) ? query.slice(0, below(query.length)) : query, variables: values }
}
