// What a document may ask for: depth, aliases, cost, and passwords tried, told from the document alone, so that the
// answer can be kept with it. One rule for HTTP, SSE and WebSocket. (Tokens are counted by graphql-js's parser.)
import {
  type ASTVisitor,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'

export interface DocumentLimits {
  /** Fields inside fields. 0: no limit, as for the others. */
  readonly depth: number
  readonly aliases: number
  /** One for each field, times the page's limit inside `messages` and `users`. */
  readonly cost: number
  /** What a page's limit counts as when it is in a variable, and the most that it can be. */
  readonly page: number
}

/** Fields that hash a password: at most one of them in a document, or aliases would multiply the guesses. */
const HASHING = new Set(['enter', 'setPassword', 'deleteAccount'])
/** Pages, with the `limit` that the schema gives them by default. */
const PAGES: Readonly<Record<string, number>> = { messages: 50, users: 100 }

interface Measure {
  depth: number
  aliases: number
  cost: number
  hashing: number
}

/** Refuses operations over the limits with `BAD_USER_INPUT`; extensions say which limit, its value and what was found. */
export function limitRule(limits: DocumentLimits): (context: ValidationContext) => ASTVisitor {
  return context => {
    const measures = new Map<string, Measure>()
    /** A fragment is measured once however often it is spread; one inside itself is another rule's error. */
    const fragment = (node: FragmentDefinitionNode | null | undefined): Measure => {
      if (!node) return { depth: 0, aliases: 0, cost: 0, hashing: 0 }
      const known = measures.get(node.name.value)
      if (known) return known
      measures.set(node.name.value, { depth: 0, aliases: 0, cost: 0, hashing: 0 })
      const measured = selections(node.selectionSet)
      measures.set(node.name.value, measured)
      return measured
    }
    const selections = (set: SelectionSetNode | undefined): Measure => {
      const total: Measure = { depth: 0, aliases: 0, cost: 0, hashing: 0 }
      for (const selection of set?.selections ?? []) {
        const part =
          selection.kind === Kind.FIELD
            ? field(selection)
            : selection.kind === Kind.INLINE_FRAGMENT
              ? selections(selection.selectionSet)
              : fragment(context.getFragment(selection.name.value))
        total.depth = Math.max(total.depth, part.depth)
        total.aliases += part.aliases
        total.cost += part.cost
        total.hashing += part.hashing
      }
      return total
    }
    const field = (node: FieldNode): Measure => {
      const name = node.name.value
      const aliases = node.alias && name !== '__typename' ? 1 : 0
      // Introspection has its own bound in graphql-js's rules.
      if (name === '__schema' || name === '__type') return { depth: 0, aliases, cost: 1, hashing: 0 }
      const inner = selections(node.selectionSet)
      return {
        depth: inner.depth + 1,
        aliases: inner.aliases + aliases,
        cost: 1 + inner.cost * multiplier(node, limits.page),
        hashing: inner.hashing + (HASHING.has(name) ? 1 : 0),
      }
    }
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
        const measure = selections(node.selectionSet)
        report(node, 'depth', limits.depth, measure.depth)
        report(node, 'number of aliases', limits.aliases, measure.aliases)
        report(node, 'cost', limits.cost, measure.cost)
        report(node, 'number of fields that take a password', 1, measure.hashing)
        return false
      },
    }
  }
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
