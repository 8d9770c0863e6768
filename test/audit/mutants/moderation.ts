// Blocks that are not what they should be.
import { errorOf, field, isAdded, type Mutant, mutant, rootOf } from './mutant.ts'

const BLOCKS = /\{ block\(/

/** What is altered once somebody has blocked somebody. */
function onceBlocked(alter: (isBlocked: () => boolean) => ReturnType<Mutant['alter']>): Mutant['alter'] {
  return () => {
    let isBlocked = false
    return {
      ...alter(() => isBlocked),
      operation({ query }) {
        isBlocked ||= BLOCKS.test(query)
      },
    }
  }
}

export const moderation: readonly Mutant[] = [
  mutant('block does nothing', 'BLOCK-1a BLOCK-1b BLOCK-2a BLOCK-3 BLOCK-4', () => ({
    operation(operation) {
      operation.query = operation.query.replace(
        /\{ block\(username: \$username\) \{ id \} \}/,
        '{ unblock(username: $username) }',
      )
    },
  })),
  mutant('the blocked are told by whom', 'BLOCK-2a', () => ({
    result(result) {
      const [error] = result.errors ?? []
      if (error?.extensions?.code === 'RECIPIENT_UNAVAILABLE') error.extensions.blocked = true
      return result
    },
  })),
  mutant('whoever is blocked is not told that they are writing', 'BLOCK-1b', () => field('setTyping', () => false)),
  mutant(
    'what the blocked write to everyone does not come',
    'BLOCK-2b',
    onceBlocked(isBlocked => ({
      fromServer: message =>
        isBlocked() && isAdded(message) && !rootOf(message, 'onEvent').message.to ? [] : [message],
    })),
  ),
  mutant(
    'a deletion of the blocked does not come',
    'BLOCK-2b',
    onceBlocked(isBlocked => ({
      fromServer: message =>
        isBlocked() && rootOf(message, 'onEvent')?.__typename === 'MessageDeleted' ? [] : [message],
    })),
  ),
  mutant(
    'a send that was acknowledged before a block is refused when it is repeated',
    'BLOCK-2c',
    onceBlocked(isBlocked => ({
      result: (result, { variables }) =>
        isBlocked() && variables.nonce && result.data?.sendMessage ? errorOf('RECIPIENT_UNAVAILABLE') : result,
    })),
  ),
  mutant('who has blocked is refused as anybody', 'BLOCK-3', () => ({
    result(result) {
      const [error] = result.errors ?? []
      if (error?.extensions) delete error.extensions.byYou
      return result
    },
  })),
  mutant('there is always somebody to unblock', 'BLOCK-3', () => field('unblock', () => true)),
  mutant('nobody is blocked', 'BLOCK-4', () => field('blocked', () => [])),
]
