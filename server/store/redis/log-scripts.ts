// The log in Lua: which history it is, and appends. Scripts are atomic, so each sees one moment of the log. Positions are
// numbers below 2^53; Lua would print those above 1e14 with an exponent, hence `%.0f`.
import type { RedisClient } from '../../redis/client.ts'
import type { Keys } from './keys.ts'
import { createScript, runScript, type Script } from './script.ts'

/** What every script of the log begins with; its own keys begin at KEYS[6]. */
const PRELUDE = `
local meta, public, private, public_revisions, private_revisions = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

local function text_of(number) return string.format('%.0f', number) end

-- What a stream has at exactly this position, or nil.
local function row_at(stream, position)
  local id = position .. '-0'
  local found = redis.call('XRANGE', stream, id, id)[1]
  return found and found[2][2]
end

-- The stub of the message at exactly this position, or nil.
local function stub_at(position) return row_at(public, position) or row_at(private, position) end

-- The index of the first element above a position, in a list of positions.
local function index_above(list, position)
  local low, high = 0, redis.call('LLEN', list)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if tonumber(redis.call('LINDEX', list, middle)) <= position then low = middle + 1 else high = middle end
  end
  return low
end

-- Whether a node that has seen this position has seen this history. Positions of two histories practically never agree,
-- so one that is in the log vouches for all before it.
local function is_ours(known, head, floor)
  if known == head or known <= floor then return true end
  if known > head then return false end
  local position = text_of(known)
  return (stub_at(position) or row_at(public_revisions, position) or row_at(private_revisions, position)) ~= nil
end
`

/** A script that reads or writes the log. */
export interface LogScript extends Script {
  readonly isOfLog: true
}

/** @param lua finds what PRELUDE defines, and its own keys from KEYS[6] on */
export function createLogScript(lua: string): LogScript {
  return { ...createScript(PRELUDE + lua), isOfLog: true }
}

/** The keys that a script of the log is given: those of every such script, then its own. */
export function logKeys(keys: Keys, own: readonly string[] = []): string[] {
  return [keys.meta, keys.public, keys.private, keys.publicRevisions, keys.privateRevisions, ...own]
}

export function runLogScript(
  client: RedisClient,
  script: LogScript,
  keys: Keys,
  own: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  return runScript(client, script, logKeys(keys, own), args)
}

/**
 * Finds out which history this is; begins another one where it is not the one that the caller knows: its epoch is there
 * without what it has seen of it, or Redis is empty. Of several nodes that find that out, one begins it. Refused where
 * writes are.
 *
 * ARGV: epoch ('' for none), known, a new epoch, a secret for a log without one, channel, the format of a log without one,
 * the format that one of a lower format has from now on.
 * Answer: epoch, head, secret, format.
 */
export const HISTORY = createLogScript(`
local m = redis.call('HMGET', meta, 'epoch', 'head', 'floor', 'secret', 'format')
local epoch, head, floor = m[1], tonumber(m[2] or 0), tonumber(m[3] or 0)

local function begin()
  epoch = ARGV[3]
  redis.call('HSET', meta, 'epoch', epoch)
  redis.call('PUBLISH', ARGV[5], '["r","' .. epoch .. '"]')
end

if not epoch then
  for _, stream in ipairs({public, private, public_revisions, private_revisions}) do
    local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
    if last then head = math.max(head, tonumber(string.sub(last[1], 1, -3))) end
  end
  m[4], m[5] = ARGV[4], ARGV[6]
  redis.call('HSET', meta, 'format', m[5], 'secret', m[4], 'head', text_of(head), 'floor', text_of(floor))
  begin()
elseif epoch == ARGV[1] and not is_ours(tonumber(ARGV[2]), head, floor) then
  begin()
else
  m[5] = text_of(math.max(tonumber(m[5] or 1), tonumber(ARGV[7])))
  -- Changes nothing as a rule, and fails where a write would.
  redis.call('HSET', meta, 'format', m[5])
end
return {epoch, head, m[4], m[5]}
`)

/**
 * The end of a script that writes: calls this function until it has used all arguments (`a` is the next), and answers with
 * what it said.
 */
export function writeAll(one: string): string {
  return `
local outcomes = {}
local ok, failure = pcall(function()
  while a <= #ARGV do outcomes[#outcomes + 1] = ${one}() end
end)
-- Also when something failed halfway: what is in the log must not be above the head.
redis.call('HSET', meta, 'head', text_of(head))
if not ok then return redis.error_reply(type(failure) == 'table' and failure.err or failure) end
return outcomes`
}

/** What became of a draft, where it is not a position: see APPEND. */
export const OUTCOME = { nonceReused: -1, goneFrom: -2, goneTo: -3, idTaken: -4 } as const

/**
 * Appends a batch of drafts, each by itself: a script of its own for each would be as atomic, and costs twice the CPU on
 * both sides (docs/decisions). Announces what it appends (domain/notice.ts), private entries to their accounts first.
 *
 * KEYS: texts; then of each draft: account of the sender; with a nonce: nonces of the sender; if
 * private: account of the recipient, private list of the sender, of the recipient, list between them.
 * ARGV: epoch, known, microseconds of the clock, channel of all, prefix of the users' channels; then of each draft:
 * flags (of n: nonce, p: private, r: reply, in this order), stride, message id, stub without what it answers, text as
 * JSON; with a nonce: its key, its digest, sent at; if private: id of the sender, id of the recipient; of a reply: what it
 * answers, as JSON.
 * Answer: 0 when this is another history: nothing was appended. Else a list with, for each draft: the position; an
 * OUTCOME; or the message that the nonce had made: position, stub, text, floor, or once it was trimmed: position, '', the
 * row of the nonce.
 */
export const APPEND = createLogScript(`
local texts = KEYS[6]
local m = redis.call('HMGET', meta, 'epoch', 'head', 'floor')
local epoch, now, all, user = ARGV[1], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local head, floor = tonumber(m[2] or 0), tonumber(m[3] or 0)
if m[1] ~= epoch or not is_ours(tonumber(ARGV[2]), head, floor) then return 0 end

local HEXISTS, HGET, HSET, HSETNX, XADD, RPUSH, PUBLISH = 'HEXISTS', 'HGET', 'HSET', 'HSETNX', 'XADD', 'RPUSH', 'PUBLISH'
local call, find = redis.call, string.find
local quoted_epoch = ',"' .. epoch .. '",'
local k, a = 7, 6

local function first_of(row)
  local position = text_of(tonumber(string.sub(row, 1, 14), 16))
  local stub = stub_at(position)
  if not stub then return {position, '', row} end
  return {position, stub, call(HGET, texts, string.match(stub, '^"([^"]*)"')), floor}
end

local function append()
  local flags, stride, id, stub, text = ARGV[a], ARGV[a + 1], ARGV[a + 2], ARGV[a + 3], ARGV[a + 4]
  local from = KEYS[k]
  a, k = a + 5, k + 1
  local nonces, nonce, digest, sent_at, to, of_from, of_to, between, from_id, to_id
  local reply = ''
  if find(flags, 'n', 1, true) then
    nonces, nonce, digest, sent_at = KEYS[k], ARGV[a], ARGV[a + 1], ARGV[a + 2]
    a, k = a + 3, k + 1
  end
  if find(flags, 'p', 1, true) then
    to, of_from, of_to, between, from_id, to_id = KEYS[k], KEYS[k + 1], KEYS[k + 2], KEYS[k + 3], ARGV[a], ARGV[a + 1]
    a, k = a + 2, k + 4
  end
  if find(flags, 'r', 1, true) then
    reply = ',' .. ARGV[a]
    a = a + 1
  end

  if call(HEXISTS, from, 'skeleton') == 0 then return ${OUTCOME.goneFrom} end
  if nonces then
    -- Before the recipient, so that a retry is answered also when the recipient has been deleted meanwhile.
    local row = call(HGET, nonces, nonce)
    if row then
      if string.match(row, '^([^:]*):', 15) ~= digest then return ${OUTCOME.nonceReused} end
      return first_of(row)
    end
  end
  if to and call(HEXISTS, to, 'skeleton') == 0 then return ${OUTCOME.goneTo} end

  local number = math.max(head, now) + stride
  local position = text_of(number)
  if call(HSETNX, texts, id, '[' .. position .. ',' .. text .. ']') == 0 then return ${OUTCOME.idTaken} end
  local link = position .. ',' .. text_of(head) .. quoted_epoch
  head = number
  if to then
    call(XADD, private, position .. '-0', 'm', stub .. reply)
    call(RPUSH, of_from, position)
    if of_to ~= of_from then call(RPUSH, of_to, position) end
    call(RPUSH, between, position)
  else
    call(XADD, public, position .. '-0', 'm', stub .. reply)
  end
  if nonces then
    local late = text_of(math.floor(number / 1000) - sent_at)
    local row = string.format('%014x', number) .. digest .. ':' .. id .. ':' .. late
    call(HSET, nonces, nonce, to and row .. ':' .. to_id or row)
  end
  if to then
    local notice = '["m",' .. link .. stub .. ',' .. text .. reply .. ']'
    call(PUBLISH, user .. from_id, notice)
    if to_id ~= from_id then call(PUBLISH, user .. to_id, notice) end
    call(PUBLISH, all, '["s",' .. link .. '"' .. from_id .. '","' .. to_id .. '"]')
  else
    call(PUBLISH, all, '["p",' .. link .. stub .. ',' .. text .. reply .. ']')
  end
  return number
end

${writeAll('append')}
`)
