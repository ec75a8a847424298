"""What Redis runs as a whole (Lua); each script names one key, so it may be anywhere."""

from dataclasses import dataclass, field
from hashlib import sha1


@dataclass(frozen=True)
class Script:
    """A script; Redis remembers it by its SHA-1."""

    text: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        digest = sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "digest", digest)


# (now, step, limit) in milliseconds. 0 if the attempt may go on, else how far the arrival time
# is past the limit. An arrival time that has come means no more than none at all; it is kept for
# five seconds more, for hosts whose clocks are behind.
TAKE = Script("""
local now, step, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local free = math.max(now, tonumber(redis.call('GET', KEYS[1]) or now))
if free > limit then return free - limit end
local next = string.format('%.0f', free + step)
redis.call('SET', KEYS[1], next, 'PX', string.format('%.0f', free + step - now + 5000))
return 0
""")

# (step). The key keeps its end.
GIVE_ONE_BACK = Script("""
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DECRBY', KEYS[1], ARGV[1]) end
return 0
""")

GIVE_BACK = Script("return redis.call('DEL', KEYS[1])")
