// The log in Lua: which history it is, and appends. Scripts are atomic, so each sees one moment of the log. Positions are
// numbers below 2^53; Lua would print those above 1e14 with an exponent, hence `%.0f`.
import { createScript } from './script.ts'

/** Of every script of the log: KEYS[1] meta, KEYS[2] public, KEYS[3] private. */
export const COMMON = `
local meta, public, private = KEYS[1], KEYS[2], KEYS[3]

local function text_of(number) return string.format('%.0f', number) end

-- The stub of the entry at exactly this position, or nil.
local function stub_at(position)
  local id = position .. '-0'
  local found = redis.call('XRANGE', public, id, id)[1] or redis.call('XRANGE', private, id, id)[1]
  return found and found[2][2]
end

-- Whether a node that has seen this position has seen this history. Positions of two histories practically never agree,
-- so one that is in the log vouches for all before it.
local function is_ours(known, head, floor)
  if known == head or known <= floor then return true end
  return known < head and stub_at(text_of(known)) ~= nil
end
`

/**
 * Finds out which history this is; begins another one where it is not the one that the caller knows: its epoch is there
 * without what it has seen of it, or Redis is empty. Of several nodes that find that out, one begins it. Refused where
 * writes are.
 *
 * KEYS: meta, public, private. ARGV: epoch ('' for none), known, a new epoch, a secret for a log without one, channel.
 * Answer: epoch, head, secret, format.
 */
export const HISTORY = createScript(`${COMMON}
local m = redis.call('HMGET', meta, 'epoch', 'head', 'floor', 'secret', 'format')
local epoch, head, floor = m[1], tonumber(m[2] or 0), tonumber(m[3] or 0)

local function begin()
  epoch = ARGV[3]
  redis.call('HSET', meta, 'epoch', epoch)
  redis.call('PUBLISH', ARGV[5], '["r","' .. epoch .. '"]')
end

if not epoch then
  for _, stream in ipairs({public, private}) do
    local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
    if last then head = math.max(head, tonumber(string.sub(last[1], 1, -3))) end
  end
  m[4], m[5] = ARGV[4], '1'
  redis.call('HSET', meta, 'format', m[5], 'secret', m[4], 'head', text_of(head), 'floor', text_of(floor))
  begin()
elseif epoch == ARGV[1] and not is_ours(tonumber(ARGV[2]), head, floor) then
  begin()
else
  -- Changes nothing, and fails where a write would.
  redis.call('HSETNX', meta, 'format', '1')
end
return {epoch, head, m[4], m[5]}
`)

/** What became of a draft, where it is not a position: see APPEND. */
export const OUTCOME = { nonceReused: -1, goneFrom: -2, goneTo: -3, idTaken: -4 } as const

/**
 * Appends a batch of drafts, each by itself: a script of its own for each would be as atomic, and costs twice the CPU on
 * both sides (docs/decisions). Announces what it appends (domain/notice.ts), private entries to their accounts first.
 *
 * KEYS: meta, public, private, texts; then of each draft: account of the sender; with a nonce: nonces of the sender; if
 * private: account of the recipient, private list of the sender, of the recipient, list between them.
 * ARGV: epoch, known, microseconds of the clock, channel of all, prefix of the users' channels; then of each draft:
 * flags (n: nonce, p: private), stride, message id, stub, text as JSON; with a nonce: its key, its digest, sent at; if
 * private: id of the sender, id of the recipient.
 * Answer: 0 when this is another history: nothing was appended. Else a list with, for each draft: the position; an
 * OUTCOME; or the message that the nonce had made: position, stub, text, or once it was trimmed: position, '', the row of
 * the nonce.
 */
export const APPEND = createScript(`${COMMON}
local texts = KEYS[4]
local m = redis.call('HMGET', meta, 'epoch', 'head', 'floor')
local epoch, now, all, user = ARGV[1], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local head = tonumber(m[2] or 0)
if m[1] ~= epoch or not is_ours(tonumber(ARGV[2]), head, tonumber(m[3] or 0)) then return 0 end

local HEXISTS, HGET, HSET, HSETNX, XADD, RPUSH, PUBLISH = 'HEXISTS', 'HGET', 'HSET', 'HSETNX', 'XADD', 'RPUSH', 'PUBLISH'
local call = redis.call
local quoted_epoch = ',"' .. epoch .. '",'
local k, a = 5, 6

local function first_of(row)
  local position = text_of(tonumber(string.sub(row, 1, 14), 16))
  local stub = stub_at(position)
  if not stub then return {position, '', row} end
  return {position, stub, call(HGET, texts, string.match(stub, '^"([^"]*)"'))}
end

local function append()
  local flags, stride, id, stub, text = ARGV[a], ARGV[a + 1], ARGV[a + 2], ARGV[a + 3], ARGV[a + 4]
  local from = KEYS[k]
  a, k = a + 5, k + 1
  local nonces, nonce, digest, sent_at, to, of_from, of_to, between, from_id, to_id
  if flags == 'n' or flags == 'np' then
    nonces, nonce, digest, sent_at = KEYS[k], ARGV[a], ARGV[a + 1], ARGV[a + 2]
    a, k = a + 3, k + 1
  end
  if flags == 'p' or flags == 'np' then
    to, of_from, of_to, between, from_id, to_id = KEYS[k], KEYS[k + 1], KEYS[k + 2], KEYS[k + 3], ARGV[a], ARGV[a + 1]
    a, k = a + 2, k + 4
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
    call(XADD, private, position .. '-0', 'm', stub)
    call(RPUSH, of_from, position)
    if of_to ~= of_from then call(RPUSH, of_to, position) end
    call(RPUSH, between, position)
  else
    call(XADD, public, position .. '-0', 'm', stub)
  end
  if nonces then
    local late = text_of(math.floor(number / 1000) - sent_at)
    local row = string.format('%014x', number) .. digest .. ':' .. id .. ':' .. late
    call(HSET, nonces, nonce, to and row .. ':' .. to_id or row)
  end
  if to then
    local notice = '["m",' .. link .. stub .. ',' .. text .. ']'
    call(PUBLISH, user .. from_id, notice)
    if to_id ~= from_id then call(PUBLISH, user .. to_id, notice) end
    call(PUBLISH, all, '["s",' .. link .. '"' .. from_id .. '","' .. to_id .. '"]')
  else
    call(PUBLISH, all, '["p",' .. link .. stub .. ',' .. text .. ']')
  end
  return number
end

local outcomes = {}
local ok, failure = pcall(function()
  while a <= #ARGV do outcomes[#outcomes + 1] = append() end
end)
-- Also when something failed halfway: what is in the log must not be above the head.
call(HSET, meta, 'head', text_of(head))
if not ok then return redis.error_reply(type(failure) == 'table' and failure.err or failure) end
return outcomes
`)
