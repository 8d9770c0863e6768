// `recado/node`: what lasts on a computer, for programs that run under Node: unsent messages and tokens, in files.
export { createFileStorage } from './file-storage.ts'
export {
  configFolder,
  createTokenFile,
  DamagedTokens,
  type StoredToken,
  stateFolder,
  type TokenFile,
} from './tokens.ts'
