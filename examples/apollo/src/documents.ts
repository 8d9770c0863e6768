// What this application asks for. `npm run codegen` types each of these.
import { graphql } from './generated/gql.ts'

export const Enter = graphql(`
  mutation Enter($username: String!) {
    enter(username: $username) {
      token
    }
  }
`)

export const Page = graphql(`
  query Page {
    messages(limit: 50) {
      nodes {
        ...Line
      }
      pageInfo {
        endCursor
      }
    }
  }

  fragment Line on Message {
    id
    cursor
    from {
      id
      username
    }
    to {
      id
      username
    }
    text
  }
`)

export const OnMessage = graphql(`
  subscription OnMessage($since: Cursor) {
    onMessage(since: $since) {
      ...Line
    }
  }
`)

export const Send = graphql(`
  mutation Send($text: String!, $nonce: ID!) {
    sendMessage(text: $text, nonce: $nonce) {
      id
    }
  }
`)
