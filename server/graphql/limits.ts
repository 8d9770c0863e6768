// What a document may ask for: depth, aliases, cost, and passwords tried, told from the document alone, so that the
// answer can be kept with it. One rule for HTTP, SSE and WebSocket. (Tokens are counted by graphql-js's parser.)
// Introspection may be as deep as graphql-js lets it, and cost twice what the standard query does (8 ms): seventy aliases
// of lists in lists took the main thread 74 ms, for three kilobytes from anybody.
import {
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getIntrospectionQuery,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'
import { fragmentsOf } from './fragments.ts'

export interface DocumentLimits {
  /** Fields inside fields. 0: no limit, as for the others. */
  readonly depth: number
  readonly aliases: number
  /** One for each field, times the page's limit inside `messages`, `search`, `users`, `conversations` and `auditLog`. */
  readonly cost: number
  /** What a page's limit counts as when it is in a variable, and the most that it can be. */
  readonly page: number
}

/** Fields that hash a password: at most one of them in a document, or aliases would multiply the guesses. */
const HASHING = new Set(['enter', 'setPassword', 'deleteAccount'])
/** Pages, with the `limit` that the schema gives them by default. */
const PAGES: Readonly<Record<string, number>> = {
  messages: 50,
  search: 20,
  users: 100,
  conversations: 50,
  auditLog: 50,
}

/** Lists of introspection, and how many items each is taken to have; of `types` it is known. */
const INTROSPECTED: Readonly<Record<string, number>> = {
  fields: 8,
  inputFields: 8,
  enumValues: 8,
  possibleTypes: 4,
  interfaces: 2,
  args: 3,
  directives: 6,
}
/** What an introspection may cost, in times of the standard query. */
const INTROSPECTION = 2

interface Measure {
  depth: number
  aliases: number
  cost: number
  /** Cost of `__schema` and `__type`, which is apart. */
  introspection: number
  hashing: number
}

const NOTHING: Measure = { depth: 0, aliases: 0, cost: 0, introspection: 0, hashing: 0 }

/** Refuses operations over the limits with `BAD_USER_INPUT`; extensions say which limit, its value and what was found. */
export function limitRule(limits: DocumentLimits): (context: ValidationContext) => ASTVisitor {
  /** Most that an introspection may cost; the schema is one and the same. */
  let introspectable: number | undefined

  return context => {
    const schema = context.getSchema()
    const measure = createMeasure(limits, schema, name => context.getFragment(name))
    const report = (node: OperationDefinitionNode, what: string, limit: number, found: number): void => {
      if (limit > 0 && found > limit) {
        context.reportError(
          new GraphQLError(`The ${what} of this operation is ${found}; at most ${limit} is allowed.`, {
            nodes: node,
            extensions: { code: 'BAD_USER_INPUT', limit: what, allowed: limit, found },
          }),
        )
      }
    }
    return {
      OperationDefinition(node) {
        const { depth, aliases, cost, introspection, hashing } = measure(node.selectionSet)
        report(node, 'depth', limits.depth, depth)
        report(node, 'number of aliases', limits.aliases, aliases)
        report(node, 'cost', limits.cost, cost)
        if (limits.cost > 0 && introspection > 0) {
          introspectable ??= INTROSPECTION * standardIntrospection(limits, schema)
          report(node, 'cost of introspection', introspectable, introspection)
        }
        report(node, 'number of fields that take a password', 1, hashing)
        return false
      },
    }
  }
}

function createMeasure(
  limits: DocumentLimits,
  schema: GraphQLSchema,
  fragmentOf: (name: string) => FragmentDefinitionNode | null | undefined,
): (set: SelectionSetNode | undefined) => Measure {
  const measures = new Map<string, Measure>()
  const types = Object.keys(schema.getTypeMap()).length

  /** A fragment is measured once however often it is spread; one inside itself is another rule's error. */
  function fragment(node: FragmentDefinitionNode | null | undefined): Measure {
    if (!node) return NOTHING
    const known = measures.get(node.name.value)
    if (known) return known
    measures.set(node.name.value, NOTHING)
    const measured = selections(node.selectionSet)
    measures.set(node.name.value, measured)
    return measured
  }

  function selections(set: SelectionSetNode | undefined): Measure {
    const total = { ...NOTHING }
    for (const selection of set?.selections ?? []) {
      const part =
        selection.kind === Kind.FIELD
          ? field(selection)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? selections(selection.selectionSet)
            : fragment(fragmentOf(selection.name.value))
      total.depth = Math.max(total.depth, part.depth)
      total.aliases += part.aliases
      total.cost += part.cost
      total.introspection += part.introspection
      total.hashing += part.hashing
    }
    return total
  }

  function field(node: FieldNode): Measure {
    const name = node.name.value
    const inner = selections(node.selectionSet)
    const aliases = inner.aliases + (node.alias && name !== '__typename' ? 1 : 0)
    // Its depth has its own bound in graphql-js's rules.
    if (name === '__schema' || name === '__type') return { ...NOTHING, aliases, cost: 1, introspection: inner.cost }
    const items = name === 'types' ? types : (INTROSPECTED[name] ?? multiplier(node, limits.page))
    return {
      depth: inner.depth + 1,
      aliases,
      cost: 1 + inner.cost * items,
      introspection: inner.introspection,
      hashing: inner.hashing + (HASHING.has(name) ? 1 : 0),
    }
  }

  return selections
}

/**
 * What a document asks for at the most, whichever of its operations is meant: its cost, in the points of QUERY_COST, and
 * that of introspection, whose fields are cheaper.
 */
export function costOf(document: DocumentNode, limits: DocumentLimits, schema: GraphQLSchema): number {
  const fragments = fragmentsOf(document)
  const measure = createMeasure(limits, schema, name => fragments.get(name))
  let most = 0
  for (const each of document.definitions) {
    if (each.kind !== Kind.OPERATION_DEFINITION) continue
    const { cost, introspection } = measure(each.selectionSet)
    most = Math.max(most, cost + introspection / 4)
  }
  return most
}

/** What the query costs by which tools ask for the whole schema. */
function standardIntrospection(limits: DocumentLimits, schema: GraphQLSchema): number {
  const everything = {
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  }
  const document = parse(getIntrospectionQuery(everything))
  const fragments = fragmentsOf(document)
  const operation = document.definitions.find(each => each.kind === Kind.OPERATION_DEFINITION)
  return createMeasure(limits, schema, name => fragments.get(name))(operation?.selectionSet).introspection
}

function multiplier(node: FieldNode, page: number): number {
  const standard = PAGES[node.name.value]
  if (standard === undefined) return 1
  const most = page > 0 ? page : 1_000
  const limit = node.arguments?.find(argument => argument.name.value === 'limit')
  if (!limit) return Math.min(standard, most)
  if (limit.value.kind !== Kind.INT) return most
  return Math.max(1, Math.min(Number(limit.value.value), most))
}
