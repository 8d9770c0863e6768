// A server as it is by default, but for how long it waits before it does something by itself.

export const IMPATIENT = {
  SENDS_PER_SECOND: '10',
  ENTER_PER_MINUTE: '5',
  INIT_TIMEOUT_MS: '1500',
  PING_INTERVAL_MS: '1000',
}
