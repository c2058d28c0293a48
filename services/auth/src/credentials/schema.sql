CREATE TABLE account (
    username TEXT PRIMARY KEY NOT NULL CHECK (length(username) BETWEEN 1 AND 64),
    -- Argon2id, as a PHC string.
    password TEXT NOT NULL,
    -- An account is 'opening' until the bank has opened its side.
    state TEXT NOT NULL CHECK (state IN ('opening', 'open')),
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    -- Grows with every session: the lowest of a user is his oldest.
    id INTEGER PRIMARY KEY,
    fingerprint BLOB UNIQUE NOT NULL CHECK (length(fingerprint) = 32),
    username TEXT NOT NULL REFERENCES account,
    expires INTEGER NOT NULL
) STRICT;

CREATE INDEX session_by_user ON session (username);

-- What an owner lets his profile spend; no row where it is nothing.
CREATE TABLE profile_grant (
    owner TEXT PRIMARY KEY NOT NULL REFERENCES account,
    cap INTEGER NOT NULL CHECK (cap > 0)
) STRICT, WITHOUT ROWID;
