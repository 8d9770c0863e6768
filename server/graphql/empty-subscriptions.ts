// Subscriptions that subscribe to nothing, since directives leave no field of them. graphql-js 16 takes them for valid and
// then breaks in `subscribe`, with no GraphQLError.
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { fragmentsOf } from './fragments.ts'

/**
 * An error for each of them. The document is otherwise valid: no variable decides about a root field of a subscription,
 * which graphql-js refuses, and no fragment contains itself.
 */
export function findEmptySubscriptions(document: DocumentNode): GraphQLError[] {
  const fragments = fragmentsOf(document)

  /** @param seen fragments that were looked at: again they have no more, and spread in each other they would take for ever */
  function hasField({ selections }: SelectionSetNode, seen = new Set<FragmentDefinitionNode>()): boolean {
    return selections.some(selection => {
      if (isLeftOut(selection)) return false
      if (selection.kind === Kind.FIELD) return true
      if (selection.kind === Kind.INLINE_FRAGMENT) return hasField(selection.selectionSet, seen)
      const fragment = fragments.get(selection.name.value)
      if (!fragment || seen.has(fragment)) return false
      seen.add(fragment)
      return hasField(fragment.selectionSet, seen)
    })
  }

  return document.definitions.flatMap(definition =>
    definition.kind !== Kind.OPERATION_DEFINITION ||
    definition.operation !== 'subscription' ||
    hasField(definition.selectionSet)
      ? []
      : new GraphQLError('A subscription must select a field: directives leave none of this one.', {
          nodes: definition,
        }),
  )
}

function isLeftOut(selection: SelectionNode): boolean {
  return (
    getDirectiveValues(GraphQLSkipDirective, selection)?.if === true ||
    getDirectiveValues(GraphQLIncludeDirective, selection)?.if === false
  )
}
