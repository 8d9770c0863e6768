// The tabs that GraphiQL opens with: the product's main job, ready to be run from top to bottom.

export const graphiqlTabs: { query: string; variables?: string }[] = [
  {
    query: `# 1. Choose a name / escolha um nome. The browser keeps the session in a cookie.
mutation Enter {
  enter(username: "joao") {
    me { id username }
    expiresAt
  }
}
`,
  },
  {
    query: `# 2. Listen / escute: new messages as they come, over a WebSocket. Leave it running, and send from the next tab.
subscription Listen {
  onEvent {
    __typename
    ... on LogEvent { cursor }
    ... on MessageAdded { message { from { username } to { username } text sentAt } }
    ... on CaughtUp { replayed }
  }
}
`,
  },
  {
    query: `# 3. Send / envie: to everyone, or to one person with /msg.
mutation Send($text: String!) {
  sendMessage(text: $text) {
    id
    cursor
    to { username }
    text
  }
}
`,
    variables: '{ "text": "/msg joao oi" }',
  },
  {
    query: `# 4. A page of the history / uma página do histórico. Pass endCursor as \`since\` to a subscription and miss nothing.
query Page {
  messages(limit: 20) {
    nodes { cursor from { username } to { username } text sentAt }
    pageInfo { hasPreviousPage startCursor endCursor }
  }
}
`,
  },
  {
    query: `# 5. The challenge server / o servidor do desafio. It may sleep: give it a minute.
query Probe {
  probe { url message connectMs messageMs at }
}
`,
  },
]
