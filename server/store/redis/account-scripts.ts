// Accounts and sessions in Lua: every write that touches several keys. A list of the keys is in keys.ts.
import { DAY_MS } from '../../domain/time.ts'
import { NAMED_TOKENS } from '../store.ts'
import { createScript } from './script.ts'

/**
 * KEYS: account, names, skeletons. ARGV: id, username, key, skeleton, password hash or '', created at.
 * Answer: 1, or 0 where the name is taken.
 */
export const CLAIM = createScript(`
local id, username, key, skeleton, password, created = unpack(ARGV)
local nul, soh = string.char(0), string.char(1)
local holder = redis.call('ZRANGEBYLEX', KEYS[2], '[' .. key .. nul, '(' .. key .. soh, 'LIMIT', 0, 1)
if #holder > 0 or redis.call('HEXISTS', KEYS[3], skeleton) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'username', username, 'key', key, 'skeleton', skeleton, 'createdAt', created)
if password ~= '' then redis.call('HSET', KEYS[1], 'passwordHash', password) end
redis.call('ZADD', KEYS[2], 0, key .. nul .. id)
redis.call('HSET', KEYS[3], skeleton, id)
return 1
`)

/** Sets one field of an account that lives. KEYS: account. ARGV: field, value. */
export const SET_FIELD = createScript(`
if redis.call('HEXISTS', KEYS[1], 'skeleton') == 1 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 0
`)

/** Functions of the scripts that want an account's password to be still the one that somebody has shown. */
const PRESENT = `
-- '*': whichever it has; '': none.
local function is_present(account, hash)
  return hash == '*' or (redis.call('HGET', account, 'passwordHash') or '') == hash
end
`

/** What `is_present` takes for it. */
export const presentOf = (hash: string | null | undefined): string => (hash === undefined ? '*' : (hash ?? ''))

/**
 * KEYS: account. ARGV: the new hash, the present one (`presentOf`). Answer: 0 where the account has another one. That it has
 * the new one already was this call, of which the answer was lost.
 */
export const SET_PASSWORD = createScript(`${PRESENT}
if redis.call('HEXISTS', KEYS[1], 'skeleton') == 0 then return 1 end
if not is_present(KEYS[1], ARGV[2]) and not is_present(KEYS[1], ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'passwordHash', ARGV[1])
return 1
`)

/** How long revocations are kept, and how many sessions are named in one entry of their stream. */
export const REVOCATIONS_KEPT_MS = DAY_MS

/** Functions of the scripts that end something. The clock is that of Redis: the same one for all nodes. */
const REVOKE = `
local function revoke(stream, channel, pairs)
  local time = redis.call('TIME')
  local oldest = string.format('%.0f', time[1] * 1000 - ${REVOCATIONS_KEPT_MS})
  for from = 1, #pairs, 1000 do
    local to = math.min(#pairs, from + 999)
    redis.call('XADD', stream, 'MINID', '~', oldest, '*', unpack(pairs, from, to))
  end
  if #pairs > 0 then redis.call('PUBLISH', channel, '["e"]') end
end

-- Sessions of one account that have ended, and that its sessions are others now.
local function revoke_sessions(stream, channel, ids, account)
  local pairs = {}
  for _, id in ipairs(ids) do pairs[#pairs + 1], pairs[#pairs + 2] = 's', id end
  pairs[#pairs + 1], pairs[#pairs + 2] = 'd', account
  revoke(stream, channel, pairs)
end

local function end_session(id, sessions, tokens, expiry)
  local token = redis.call('HGET', sessions, id)
  if not token then return false end
  redis.call('HDEL', tokens, token)
  redis.call('HDEL', sessions, id)
  redis.call('ZREM', expiry, id)
  return true
end

local function end_sessions(own, sessions, tokens, expiry)
  local ended = {}
  for _, id in ipairs(redis.call('SMEMBERS', own)) do
    if end_session(id, sessions, tokens, expiry) then ended[#ended + 1] = id end
  end
  redis.call('DEL', own)
  return ended
end
`

/**
 * KEYS: account, names, skeletons, nonces, sessions, tokens, expiry, sessions of the account, revoked, and whatever else
 * goes with the account.
 * ARGV: id, deleted at, channel, its present password's hash (`presentOf`). Answer: 0 where it has another one.
 */
export const DELETE_ACCOUNT = createScript(`${REVOKE}${PRESENT}
local id = ARGV[1]
local account = redis.call('HMGET', KEYS[1], 'key', 'skeleton')
if not account[2] then return 1 end
if not is_present(KEYS[1], ARGV[4]) then return 0 end
redis.call('ZREM', KEYS[2], account[1] .. string.char(0) .. id)
redis.call('HDEL', KEYS[3], account[2])
redis.call('HDEL', KEYS[1], 'skeleton', 'passwordHash', 'listed')
redis.call('HSET', KEYS[1], 'deletedAt', ARGV[2])
redis.call('UNLINK', KEYS[4], unpack(KEYS, 10))
end_sessions(KEYS[8], KEYS[5], KEYS[6], KEYS[7])
revoke(KEYS[9], ARGV[3], {'a', id})
return 1
`)

/**
 * Drops a few sessions that expired long ago, and forgets a few ids of the account's sessions that are no more: as many
 * as keep up with what is added, never all, for there may be thousands. Only where there may be more than the account is
 * to have are all of them looked at.
 *
 * KEYS: account, sessions, tokens, expiry, sessions of the account, revoked.
 * ARGV: id, token hash, row, expires at, what expired before is dropped, how many at most, account, most sessions of the
 * account (0: any number), channel, the account's session on whose word it is made ('': nobody's). Answer: the ids of those
 * that ended, or nil where nothing was made.
 */
export const CREATE_SESSION = createScript(`${REVOKE}
local sessions, tokens, expiry, own = KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, token, row, expires, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[8])
for _, expired in ipairs(redis.call('ZRANGEBYSCORE', expiry, '-inf', '(' .. ARGV[5], 'LIMIT', 0, ARGV[6])) do
  end_session(expired, sessions, tokens, expiry)
end
if redis.call('HEXISTS', KEYS[1], 'skeleton') == 0 then return false end
if ARGV[10] ~= '' then
  local its_token = redis.call('HGET', sessions, ARGV[10])
  if not its_token or cjson.decode(redis.call('HGET', tokens, its_token))[2] ~= ARGV[7] then return false end
end
for _, known in ipairs(redis.call('SRANDMEMBER', own, 5)) do
  if redis.call('HEXISTS', sessions, known) == 0 then redis.call('SREM', own, known) end
end
local ended = {}
if most > 0 and redis.call('SCARD', own) >= most then
  local living = {}
  for _, known in ipairs(redis.call('SMEMBERS', own)) do
    local its_token = redis.call('HGET', sessions, known)
    if its_token and string.sub(known, 1, ${NAMED_TOKENS.length}) ~= '${NAMED_TOKENS}' then
      local its_row = cjson.decode(redis.call('HGET', tokens, its_token))
      living[#living + 1] = {id = known, created = its_row[3], used = its_row[5] or its_row[3]}
    elseif not its_token then
      redis.call('SREM', own, known)
    end
  end
  table.sort(living, function(a, b)
    if a.used ~= b.used then return a.used > b.used end
    if a.created ~= b.created then return a.created > b.created end
    return a.id > b.id
  end)
  for n = most, #living do
    end_session(living[n].id, sessions, tokens, expiry)
    redis.call('SREM', own, living[n].id)
    ended[#ended + 1] = living[n].id
  end
end
redis.call('HSET', tokens, token, row)
redis.call('HSET', sessions, id, token)
redis.call('ZADD', expiry, expires, id)
redis.call('SADD', own, id)
revoke_sessions(KEYS[6], ARGV[9], ended, ARGV[7])
return ended
`)

/** KEYS: sessions, tokens, expiry. ARGV: id, expires at, used at. */
export const RENEW_SESSION = createScript(`
local token = redis.call('HGET', KEYS[1], ARGV[1])
if not token then return 0 end
local row = cjson.decode(redis.call('HGET', KEYS[2], token))
row[4], row[5] = row[4] or '?', tonumber(ARGV[3])
redis.call('HSET', KEYS[2], token, cjson.encode(row))
redis.call('ZADD', KEYS[3], 'XX', ARGV[2], ARGV[1])
return 1
`)

/** KEYS: sessions, tokens, expiry, revoked. ARGV: id, channel, account. Answer: 1, or 0 where it is not the account's. */
export const END_SESSION = createScript(`${REVOKE}
local id, account = ARGV[1], ARGV[3]
local token = redis.call('HGET', KEYS[1], id)
if not token or cjson.decode(redis.call('HGET', KEYS[2], token))[2] ~= account then return 0 end
end_session(id, KEYS[1], KEYS[2], KEYS[3])
revoke_sessions(KEYS[4], ARGV[2], {id}, account)
return 1
`)

/** KEYS: sessions, tokens, expiry, sessions of the account, revoked. ARGV: channel, account. Answer: the ids that ended. */
export const END_SESSIONS = createScript(`${REVOKE}
local ended = end_sessions(KEYS[4], KEYS[1], KEYS[2], KEYS[3])
if #ended > 0 then revoke_sessions(KEYS[5], ARGV[1], ended, ARGV[2]) end
return ended
`)

/**
 * KEYS: meta, revoked. ARGV: epoch and id of the mark ('' and '' for now), limit.
 * Answer: epoch, milliseconds of Redis's clock, the last id, then entries as XRANGE has them.
 */
export const REVOKED_SINCE = createScript(`
local epoch = redis.call('HGET', KEYS[1], 'epoch') or ''
local time = redis.call('TIME')
local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
local last = newest and newest[1] or '0-0'
local answer = {epoch, time[1] * 1000 + math.floor(time[2] / 1000), last, {}}
if ARGV[2] == '' then return answer end

local function is_after(id, other)
  local ms, n = string.match(id, '^(%d+)-(%d+)$')
  local other_ms, other_n = string.match(other, '^(%d+)-(%d+)$')
  if ms == other_ms then return tonumber(n) > tonumber(other_n) end
  return tonumber(ms) > tonumber(other_ms)
end
-- A mark of another history, or one that this one lacks: everything that is kept.
local from = (epoch ~= ARGV[1] or is_after(ARGV[2], last)) and '-' or '(' .. ARGV[2]
answer[4] = redis.call('XRANGE', KEYS[2], from, '+', 'COUNT', ARGV[3])
return answer
`)
