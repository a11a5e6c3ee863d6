"""Answers as they are compared: bytes, numbers, None, lists, and errors by their code.

OK, a word and a value of the same bytes are the same: JSON has one kind of text, and the shell prints nothing of OK.
"""

OK = b"OK"


class Failed:
    """An error; `code` None: the way does not say it (RESP words some as Redis does)."""

    def __init__(self, code):
        self.code = code

    def __eq__(self, other):
        return isinstance(other, Failed) and (None in (self.code, other.code) or self.code == other.code)

    def __repr__(self):
        return f"error {self.code}"


class Left:
    """This way cannot ask for it."""

    def __eq__(self, other):
        return True

    def __repr__(self):
        return "left out"


LEFT = Left()


def number(value):
    """Scores are numbers in JSON and RESP3, text elsewhere."""
    return b"%d" % value if value == int(value) else repr(value).encode()


def of_json(value):
    import base64

    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bool) or value is None or isinstance(value, int):
        return value
    if isinstance(value, float):
        return number(value)
    if isinstance(value, dict) and list(value) == ["base64"]:
        return base64.b64decode(value["base64"])
    if isinstance(value, dict):
        return {name: of_json(one) for name, one in value.items()}
    return [of_json(one) for one in value]


def as_history(rows):
    """[[kind, size]]: when it was is each way's own. Rows are lists (seq, time, kind, size, expires) or objects."""
    picked = []
    for row in rows:
        picked.append([row["kind"], row["size"]] if isinstance(row, dict) else [row[2], row[3]])
    return picked


def normal(command, answer):
    """What is the same for all of what a command answered."""
    name = command[0]
    if isinstance(answer, (Failed, Left)):
        return answer
    if name == b"HISTORY":
        return as_history(answer)
    if name == b"TTL" and isinstance(answer, int) and 90 <= answer <= 100:
        return "about 100"
    if name in (b"PREFIX", b"RANGE") and answer and isinstance(answer[0], dict):
        return [one for row in answer for one in (row["key"], row["value"])]
    # A new version's number or OK: that it was done.
    if name == b"UNDO" and answer is not None and not isinstance(answer, Failed):
        return "done"
    return answer
