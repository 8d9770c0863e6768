// What the browser tests put on a page: the parts of the client library that they use, as one script.
export { MessagesDocument } from '../../client/core/generated/graphql.ts'
export { createRecado } from '../../client/core/recado.ts'
export { enterHere, whoAmI } from '../../client/core/session.ts'
