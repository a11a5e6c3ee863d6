"""The script: commands as words, in order. What each answers is nobody's business here: only that all answer it.

CORE is what every way can do, also one that has calls and no commands; so versions, which AT names, are the same.
COMMANDS comes after it, for those that run any command of the table.
"""

LONG = b"k" * 70000  # longer than a key may be
BYTES = bytes(range(256))


class Sleep:
    """Seconds, until something has expired."""

    def __init__(self, seconds):
        self.seconds = seconds


class Transaction:
    """Commands between BEGIN and its end."""

    def __init__(self, commands, is_kept=True):
        self.commands, self.is_kept = commands, is_kept


def words(line, *more):
    return [word.encode() for word in line.split()] + list(more)


CORE = [
    # --- values: plain, binary, empty, not ASCII
    words("GET a"), words("EXISTS a"), words("STRLEN a"), words("DELETE a"), words("TTL a"),
    words("SET a 1"), words("GET a"), words("EXISTS a"), words("STRLEN a"), words("TTL a"),
    words("SET bytes", BYTES), words("GET bytes"), words("STRLEN bytes"),
    [b"SET", BYTES[1:], b"x"], [b"GET", BYTES[1:]],
    words("SET empty", b""), words("GET empty"), words("EXISTS empty"),
    words("SET lines", b'two\r\nlines "quoted" \\ and a tab\t\n'), words("GET lines"),
    words("SET ключ значение"), words("GET ключ"),
    words("SET OK", b"+OK\r\n$-1\r\n"), words("GET OK"),
    # --- only if
    words("SET a 2 NX"), words("GET a"), words("SET b 1 XX"), words("GET b"), words("SET b 1 NX"),
    words("SET b 2 XX"), words("GET b"), words("DELETE b"), words("DELETE b"), words("EXISTS b"),
    # --- appends, and parts
    words("APPEND log hello"), words("APPEND log", b", world"), words("APPEND log", b""), words("GET log"),
    words("READ log 7 5"), words("READ log -5 3"), words("READ log -100 5"), words("READ log 100 5"),
    words("READ log 0 1000"), words("READ log 3 0"), words("READ none 0 1"), words("STRLEN log"),
    # --- expiry
    words("SET t v EX 100"), words("TTL t"), words("GET t"), words("APPEND t w"), words("TTL t"),
    words("SET t u"), words("TTL t"), words("SET short v PX 30"), Sleep(0.1), words("GET short"),
    words("EXISTS short"), words("READ short 0 1"), words("DELETE short"), words("APPEND short again"),
    words("TTL short"), words("EXPIRE a 100"), words("TTL a"), words("PERSIST a"), words("TTL a"),
    words("EXPIRE none 100"),
    # --- ranges
    words("SET u:1 x"), words("SET u:2", BYTES), words("SET u:3", b""), [b"SET", b"u:\xff", b"last"],
    words("SET v outside"), words("PREFIX u:"), words("PREFIX u: VALUES"), words("PREFIX u: LIMIT 2"),
    words("PREFIX u: REV"), words("PREFIX u: AFTER u:1"), words("PREFIX nothing:"),
    words("DELETE u:2"), words("PREFIX u:"),
    # --- the past
    words("HISTORY log"), words("HISTORY none"), words("HISTORY b"), words("GET log AT 11"), words("GET log AT 12"),
    words("GET log AT 1"), words("READ log 0 3 AT 12"), words("UNDO log"), words("GET log"), words("HISTORY log"),
    # --- transactions
    Transaction([words("SET tx 1"), words("APPEND log !"), words("GET tx"), words("DELETE v"), words("EXISTS v"),
                 words("PREFIX t")]),
    words("GET tx"), words("GET log"), words("EXISTS v"),
    Transaction([words("SET tx 2"), words("DELETE log"), words("GET log"), words("GET tx")], is_kept=False),
    words("GET tx"), words("EXISTS log"), words("HISTORY tx"),
    # --- errors
    [b"SET", LONG, b"v"], [b"APPEND", LONG, b"v"], words("GET a AT 1"), words("COUNT"),
]

COMMANDS = [
    words("INCR n"), words("INCRBY n 41"), words("DECR n"), words("GET n"), words("TYPE n"), words("TYPE none"),
    words("MSET m1 1 m2", b"\xff\xfe"), words("MGET m1 m2 none n"), words("GETSET m1 2"), words("GETDEL m1"),
    words("SETRANGE m2 4 x"), words("GET m2"), words("GETRANGE m2 1 -1"), words("RENAME m2 m3"), words("EXISTS m2 m3 n"),
    words("ZADD z 1 one 2.5 two 3"), words("ZADD z 1 one 2.5 two"), words("ZCARD z"), words("ZSCORE z two"),
    words("ZSCORE z three"), words("ZRANGE z 0 -1"), words("ZRANK z two"), words("TYPE z"),
    words("GET z"), words("APPEND z x"), words("READ z 0 1"), words("INCR a"), words("INCR z"), words("INCR log"),
    words("SET a 1 EX 0"), words("SET a 1 EX x"), words("GET a AT never"), words("READ log x 1"),
    words("EXPIRE a x"), words("GET"), words("GET a b"), words("STRLEN a b"), words("BOGUS a"), words("CONFIG BOGUS"),
    words("PREFIX u: LIMIT x"), words("SET", b"", b"of no name"), words("GET", b""), words("CREATE n"),
    words("CREATE made"), words("ECHO", BYTES), words("KEYS z*"), words("RANGE t u"), words("COUNT"),
    words("UNDO none"), words("DEL a b c none"), words("GET a"), words("PING"),
]
