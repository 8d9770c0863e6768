// What the store says to the operator. A pino logger fits.

export interface StoreLog {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

export const SILENT: StoreLog = { warn() {}, error() {} }
