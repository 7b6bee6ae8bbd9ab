"""Makes databases with the real SQLite: DIR/NAME.db, DIR/NAME.wal where there is a log, and DIR/NAME.json, the rows that
it reads itself."""
import json, os, random, shutil, sqlite3, sys

out, rng = sys.argv[1], random.Random(7)
TABLE = "CREATE TABLE store (\n key TEXT NOT NULL PRIMARY KEY,\n value TEXT NOT NULL,\n at INTEGER NOT NULL)"


WORDS = "".join(rng.choices("aé€𝄞z\" ", k=5000))


def text(size):
    at = rng.randrange(len(WORDS))
    return (WORDS * (size // len(WORDS) + 2))[at : at + size]


def open_new(name, *pragmas):
    path = os.path.join(out, name + ".db")
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous=OFF",) + pragmas:
        db.execute("PRAGMA " + pragma)
    db.execute(TABLE)
    return db, path


def fill(db, count, size, begin=0):
    db.execute("BEGIN")
    for n in range(begin, begin + count):
        db.execute("INSERT INTO store VALUES (?, ?, ?)", ("key %d" % n, text(rng.randrange(size)), rng.getrandbits(60)))
    db.execute("COMMIT")


def keep(db, name, path):
    """The files as they are now, while somebody has them open, and what is read."""
    if os.path.exists(path + "-wal"):
        shutil.copy(path + "-wal", os.path.join(out, name + ".wal"))
    if not path.endswith("/%s.db" % name):
        shutil.copy(path, os.path.join(out, name + ".db"))
    rows = [list(row) for row in db.execute("SELECT key, value, at FROM store NOT INDEXED ORDER BY rowid")]
    json.dump(rows, open(os.path.join(out, name + ".json"), "w"))


open_dbs = []
for size in (512, 4096, 65536):
    for encoding in ("UTF-8", "UTF-16le", "UTF-16be"):
        name = "plain-%d-%s" % (size, encoding)
        db, path = open_new(name, "page_size=%d" % size, "encoding='%s'" % encoding)
        fill(db, 200, 3 * size)
        db.execute("DELETE FROM store WHERE rowid % 3 = 0")
        keep(db, name, path)
        open_dbs.append(db)
db, path = open_new("large", "auto_vacuum=FULL")
fill(db, 20000, 40)
db.execute("INSERT INTO store VALUES ('long', ?, 1)", (text(1_000_000),))
keep(db, "large", path)
db, path = open_new("log", "journal_mode=WAL", "wal_autocheckpoint=0")
fill(db, 50, 9000)
keep(db, "log", path)
fill(db, 50, 9000, 100)
db.execute("UPDATE store SET value = 'new' WHERE rowid % 2")
keep(db, "log-more", path)
# Copied back in part: the log begins again, with what was in it behind its end.
db.execute("PRAGMA wal_checkpoint(RESTART)")
db.execute("INSERT INTO store VALUES ('after', 'restart', 7)")
keep(db, "log-restarted", path)
# A transaction that is not committed, so large that a part of it is in the log.
writer = sqlite3.connect(path, isolation_level=None)
writer.execute("PRAGMA cache_size=2")
writer.execute("BEGIN")
for n in range(500):
    writer.execute("INSERT INTO store VALUES (?, ?, 0)", ("open %d" % n, "x" * 3000))
keep(db, "log-uncommitted", path)
