CREATE TABLE profile (
    owner TEXT UNIQUE NOT NULL,
    text TEXT NOT NULL
) STRICT;

-- The last runs of each owner's program.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    time INTEGER NOT NULL DEFAULT (unixepoch()),
    visitor TEXT NOT NULL,
    outcome TEXT NOT NULL,
    milliseconds INTEGER NOT NULL,
    output TEXT NOT NULL,
    errors TEXT NOT NULL,
    -- One to a line.
    denials TEXT NOT NULL
) STRICT;

CREATE INDEX run_by_owner ON run (owner);
