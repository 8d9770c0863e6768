// Reads of the log in Lua: a walk along its entries from an edge on, in one call and so of one moment, with what was
// trimmed at that moment.
import { COMMON } from './log-scripts.ts'
import { createScript } from './script.ts'

/**
 * Which entries a READ walks along. `LOG` is every entry, whoever may see it; `NONE` are those that are both public and
 * part of a private conversation.
 */
export type Source = 'ALL' | 'PUBLIC' | 'PRIVATE' | 'LOG' | 'NONE'

/** How many values an answer of READ has before its entries. */
export const BEFORE_ENTRIES = 6

/**
 * The entries from an edge on: what is public, and what is private as one list of positions has it (an account's, or of
 * a conversation), or all of it.
 *
 * KEYS: meta, public, private, texts, the list, the account of the viewer (any key where there is no use for these two).
 * ARGV: source, `after` or `before`, the edge (exclusive), limit, epoch, known, and a position that is asked about, or 0.
 * Answer: nothing when this is another history; else the head, 1 if that position is in the log or was trimmed, 1 if the
 * source has anything at or beyond the edge on its other side, the newest trimmed positions (of all, of what is public,
 * of the viewer's private ones); then for each entry, ascending: position, stub, text.
 */
export const READ = createScript(`${COMMON}
local texts, list = KEYS[4], KEYS[5]
local m = redis.call('HMGET', meta, 'epoch', 'head', 'floor', 'trimmedPublic')
local head, floor = tonumber(m[2] or 0), tonumber(m[3] or 0)
local source, ascending, edge, limit = ARGV[1], ARGV[2] == 'after', tonumber(ARGV[3]), tonumber(ARGV[4])
local own_floor = tonumber(redis.call('HGET', KEYS[6], 'trimmed') or 0)
if m[1] ~= ARGV[5] or not is_ours(tonumber(ARGV[6]), head, floor) then return {} end
local has_beyond = 0
if ascending then edge = math.max(edge, floor) end

-- At most \`limit\` { position, stub } of a stream from the edge on, in the order of the walk.
local function walk_stream(key)
  local id, bottom = text_of(edge) .. '-0', '(' .. text_of(floor) .. '-0'
  local found, beyond = {}, {}
  if ascending then
    found = redis.call('XRANGE', key, '(' .. id, '+', 'COUNT', limit)
    if edge > floor then beyond = redis.call('XREVRANGE', key, id, bottom, 'COUNT', 1) end
  else
    if edge > floor + 1 then found = redis.call('XREVRANGE', key, '(' .. id, bottom, 'COUNT', limit) end
    beyond = redis.call('XRANGE', key, id, '+', 'COUNT', 1)
  end
  if #beyond > 0 then has_beyond = 1 end
  for n, entry in ipairs(found) do
    found[n] = {tonumber(string.sub(entry[1], 1, -3)), entry[2][2]}
  end
  return found
end

-- The index of the first element above a position.
local function index_above(position)
  local low, high = 0, redis.call('LLEN', list)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if tonumber(redis.call('LINDEX', list, middle)) <= position then low = middle + 1 else high = middle end
  end
  return low
end

-- The same of a list of positions; the stubs are looked up later.
local function walk_list()
  local bottom = floor > 0 and index_above(floor) or 0
  local found, positions = {}, {}
  if ascending then
    local first = math.max(bottom, index_above(edge))
    positions = redis.call('LRANGE', list, first, first + limit - 1)
    if first > bottom then has_beyond = 1 end
    for n, position in ipairs(positions) do found[n] = {tonumber(position)} end
  else
    local stop = index_above(edge - 1)
    if stop > bottom then positions = redis.call('LRANGE', list, math.max(bottom, stop - limit), stop - 1) end
    if stop < redis.call('LLEN', list) then has_beyond = 1 end
    for n = #positions, 1, -1 do found[#found + 1] = {tonumber(positions[n])} end
  end
  return found
end

local walks = {}
if source ~= 'PRIVATE' and source ~= 'NONE' then walks[1] = walk_stream(public) end
if source == 'LOG' then walks[2] = walk_stream(private) end
if source == 'ALL' or source == 'PRIVATE' then walks[2] = walk_list() end

local one, other = walks[1] or {}, walks[2] or {}
local merged, i, j = {}, 1, 1
while #merged < limit and (one[i] or other[j]) do
  local first = not other[j] or (one[i] and (one[i][1] < other[j][1]) == ascending)
  if first then merged[#merged + 1] = one[i] else merged[#merged + 1] = other[j] end
  if first then i = i + 1 else j = j + 1 end
end

local ids, found = {}, {}
for n = 1, #merged do
  local entry = ascending and merged[n] or merged[#merged + 1 - n]
  local stub = entry[2]
  if not stub then
    local id = text_of(entry[1]) .. '-0'
    local row = redis.call('XRANGE', private, id, id)[1]
    stub = row and row[2][2]
  end
  if stub then
    found[#found + 1] = {text_of(entry[1]), stub}
    ids[#ids + 1] = string.match(stub, '^"([^"]*)"')
  end
end
local is_known = is_ours(tonumber(ARGV[7]), head, floor) and 1 or 0
local answer = {head, is_known, has_beyond, floor, tonumber(m[4] or 0), own_floor}
-- As many arguments as Lua's stack takes without doubt.
for from = 1, #ids, 1000 do
  local rows = redis.call('HMGET', texts, unpack(ids, from, math.min(#ids, from + 999)))
  for n, row in ipairs(rows) do
    local entry = found[from + n - 1]
    answer[#answer + 1], answer[#answer + 2], answer[#answer + 3] = entry[1], entry[2], row
  end
end
return answer
`)
