// Read positions and conversations in Lua. What appends must do for the list of conversations is nothing: an account's
// `peers` are brought up to date when they are asked for, from the list of its private messages, each of which is so
// looked at once. A space of an older version, an import, and nodes that know nothing of it need nothing either.
import { UNREAD_LOOKED_AT, UNREAD_MOST } from '../conversations.ts'
import { createLogScript } from './log-scripts.ts'

/** Messages that one script looks at, so that Redis answers others in between: some milliseconds. */
const LOOKED_AT_ONCE = 500

/**
 * Notes how far an account has read. Tells the nodes that serve it (domain/notice.ts).
 *
 * KEYS: account, its reads. ARGV: epoch, known, position, id of the peer or '', channel, notice.
 * Answer: nothing when this is another history; else what is noted now and 1 if that has moved, or one 0 when the account
 * has been deleted.
 */
export const MARK_READ = createLogScript(`
local m = redis.call('HMGET', meta, 'epoch', 'head', 'floor')
if m[1] ~= ARGV[1] or not is_ours(tonumber(ARGV[2]), tonumber(m[2] or 0), tonumber(m[3] or 0)) then return {} end
if redis.call('HEXISTS', KEYS[6], 'skeleton') == 0 then return {0} end
local noted = tonumber(redis.call('HGET', KEYS[7], ARGV[4]) or 0)
if tonumber(ARGV[3]) <= noted then return {noted, 0} end
redis.call('HSET', KEYS[7], ARGV[4], ARGV[3])
redis.call('PUBLISH', ARGV[5], ARGV[6])
return {tonumber(ARGV[3]), 1}
`)

/**
 * The conversations of an account by their newest message, once its peers are up to date.
 *
 * KEYS: account, list of its private messages, its peers. ARGV: epoch, known, id of the account,
 * edge (exclusive), limit.
 * Answer: nothing when this is another history; 0 to call again, for there was more to bring up to date; -1 when Redis
 * takes no writes; 2 when the account has been deleted; else 1, the newest public position or 0, and peers and positions,
 * descending.
 */
export const LIST = createLogScript(`
local list, peers = KEYS[7], KEYS[8]
local m = redis.call('HMGET', meta, 'epoch', 'head', 'floor')
local head, floor = tonumber(m[2] or 0), tonumber(m[3] or 0)
if m[1] ~= ARGV[1] or not is_ours(tonumber(ARGV[2]), head, floor) then return {} end
local account = redis.call('HMGET', KEYS[6], 'skeleton', 'listed')
if not account[1] then return {2} end

local listed = math.max(tonumber(account[2] or 0), floor)
local last = redis.call('LINDEX', list, -1)
if last and tonumber(last) > listed then
  local first = index_above(list, listed)
  local positions = redis.call('LRANGE', list, first, first + ${LOOKED_AT_ONCE - 1})
  local newest = {}
  for _, position in ipairs(positions) do
    local stub = row_at(private, position)
    -- The author's id is its second text, the recipient's the fourth (entries.ts).
    if stub then
      local fields = cjson.decode('[' .. stub .. ']')
      newest[fields[2] == ARGV[3] and fields[4] or fields[2]] = position
    end
  end
  local pairs_of = {}
  for peer, position in pairs(newest) do
    pairs_of[#pairs_of + 1], pairs_of[#pairs_of + 2] = position, peer
  end
  for from = 1, #pairs_of, 500 do
    local done = redis.pcall('ZADD', peers, unpack(pairs_of, from, math.min(#pairs_of, from + 499)))
    if type(done) == 'table' and done.err then return {-1} end
  end
  local done = redis.pcall('HSET', KEYS[6], 'listed', positions[#positions])
  if type(done) == 'table' and done.err then return {-1} end
  if positions[#positions] ~= last then return {0} end
end
-- Those that were trimmed are not shown, whether or not they can be removed now.
if floor > 0 then redis.pcall('ZREMRANGEBYSCORE', peers, '-inf', text_of(floor)) end
local latest = redis.call('XREVRANGE', public, '+', '-', 'COUNT', 1)[1]
local answer = {1, latest and string.sub(latest[1], 1, -3) or '0'}
local found = redis.call('ZREVRANGEBYSCORE', peers, '(' .. ARGV[4], '(' .. text_of(floor), 'WITHSCORES', 'LIMIT', 0, ARGV[5])
for n = 1, #found, 2 do
  answer[#answer + 1], answer[#answer + 2] = found[n], text_of(tonumber(found[n + 1]))
end
return answer
`)

/**
 * What there is to say of some conversations: the message at the position that LIST gave, how far they were read, and what
 * is unread. Of as many as it can look at in one go, and of one at least. What was counted is kept, where it was much: who
 * asks again pays for what is new. A count is good for one edge; everyone's, as long as `deletions` in meta is the same;
 * that of a person, as long as nobody drops the field: whatever deletes a message has to do one or the other.
 *
 * KEYS: texts, account, its reads, its counts; then for each the list of the private messages between
 * the two, or any key for everyone. ARGV: epoch, known, id of the account; then for each the id of the peer or '', and the
 * position of the newest message or 0.
 * Answer: nothing when this is another history; else for each the stub and the text of that message ('' and '' when there
 * is none, or it was trimmed meanwhile), how far it was read ('' for not noted), how many are unread, and the floor.
 */
export const DESCRIBE = createLogScript(`
local texts, account, reads, counts = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local m = redis.call('HMGET', meta, 'epoch', 'head', 'floor', 'deletions')
local head, floor = tonumber(m[2] or 0), tonumber(m[3] or 0)
if m[1] ~= ARGV[1] or not is_ours(tonumber(ARGV[2]), head, floor) then return {} end
local viewer = ARGV[3]
local created = tonumber(redis.call('HGET', account, 'createdAt') or 0) * 1000
local looked = 0

-- Of another author, and not deleted.
local function is_unread(stub)
  local id, author = string.match(stub, '^"([^"]*)","([^"]*)"')
  if author == viewer then return false end
  local row = redis.call('HGET', texts, id)
  return row and not string.match(row, '^%[%d+,"",%d+,%d+,[1-9]%d*%]$')
end

-- These walk from the newest message back to the edge, in small steps: most who ask have read nearly all. They call back
-- with the stub of each message, if it is there, until that says that it is enough.
local function walk_public(after, look)
  local edge, most = '+', 20
  while true do
    local found = redis.call('XREVRANGE', public, edge, '(' .. text_of(after) .. '-0', 'COUNT', most)
    for _, entry in ipairs(found) do
      if look(entry[2][2]) then return end
    end
    if #found < most then return end
    edge, most = '(' .. found[#found][1], 200
  end
end

local function walk_private(list, after, look)
  local walked, most = 0, 20
  while true do
    local positions = redis.call('LRANGE', list, -walked - most, -walked - 1)
    for n = #positions, 1, -1 do
      if tonumber(positions[n]) <= after or look(row_at(private, positions[n])) then return end
    end
    if #positions < most then return end
    walked, most = walked + most, 200
  end
end

local function count(peer, list, after)
  local of = text_of(after) .. ' ' .. (peer == '' and m[4] or '0')
  local edge, unread, seen = after, 0, 0
  local kept = redis.call('HGET', counts, peer)
  if kept then
    local its_of, through, its_unread, its_seen = string.match(kept, '^(%S+ %S+) (%S+) (%S+) (%S+)$')
    if its_of == of then edge, unread, seen = tonumber(through), tonumber(its_unread), tonumber(its_seen) end
  end
  local before = seen
  local function look(stub)
    seen = seen + 1
    if stub and is_unread(stub) then unread = unread + 1 end
    return unread >= ${UNREAD_MOST} or seen - before >= ${UNREAD_LOOKED_AT}
  end
  if unread < ${UNREAD_MOST} then
    if peer == '' then walk_public(edge, look) else walk_private(list, edge, look) end
  end
  looked = looked + seen - before
  if seen > before and seen >= 20 then
    redis.pcall('HSET', counts, peer, of .. ' ' .. text_of(head) .. ' ' .. unread .. ' ' .. seen)
  end
  return unread
end

local answer, n = {}, 0
while 4 + 2 * n <= #ARGV and (n == 0 or looked < ${LOOKED_AT_ONCE}) do
  local peer, position = ARGV[4 + 2 * n], ARGV[5 + 2 * n]
  local stub = position ~= '0' and stub_at(position)
  local text = stub and redis.call('HGET', texts, string.match(stub, '^"([^"]*)"'))
  local noted = redis.call('HGET', reads, peer)
  local unread = 0
  -- Nothing in notes to oneself.
  if peer ~= viewer then unread = count(peer, KEYS[10 + n], math.max(tonumber(noted or 0), created, floor)) end
  n = n + 1
  local at = #answer
  answer[at + 1], answer[at + 2], answer[at + 3], answer[at + 4] = stub or '', text or '', noted or '', unread
  answer[at + 5] = floor
end
return answer
`)
