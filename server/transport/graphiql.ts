// The tabs that GraphiQL opens with: the product's main job, ready to be run from top to bottom. Most who come here have
// entered in the page already, and their browser's cookie goes along: the first tab must work for them as for anybody.

export const graphiqlTabs: { query: string; variables?: string }[] = [
  {
    query: `# 1. Who you are here / quem você é aqui: as in the chat in this browser; \`me\` is null before you enter.
query Me {
  me { id username }
  server { version }
}
`,
  },
  {
    query: `# 2. Only if \`me\` was null: choose a name / só se \`me\` era null: escolha um nome. The session is in a cookie.
mutation Enter {
  enter(username: "iris", password: "um recado por dia") {
    me { id username }
    expiresAt
  }
}
`,
  },
  {
    query: `# 3. Listen / escute: new messages as they come, over a WebSocket. Leave it running, and send from the next tab.
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
    query: `# 4. Send / envie: to everyone, or to one person with /msg.
mutation Send($text: String!) {
  sendMessage(text: $text) {
    id
    cursor
    to { username }
    text
  }
}
`,
    variables: '{ "text": "oi do GraphiQL" }',
  },
  {
    query: `# 5. A page of the history / uma página do histórico. Pass endCursor as \`since\` to a subscription and miss nothing.
query Page {
  messages(limit: 20) {
    nodes { cursor from { username } to { username } text sentAt }
    pageInfo { hasPreviousPage startCursor endCursor }
  }
}
`,
  },
  {
    query: `# 6. The challenge server / o servidor do desafio. It may sleep: give it a minute.
query Probe {
  probe { url message connectMs messageMs at }
}
`,
  },
]
