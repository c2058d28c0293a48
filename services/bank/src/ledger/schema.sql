CREATE TABLE account (
    username TEXT PRIMARY KEY NOT NULL CHECK (length(username) BETWEEN 1 AND 64),
    zoobars INTEGER NOT NULL CHECK (zoobars BETWEEN 0 AND 9007199254740991)
) STRICT, WITHOUT ROWID;

CREATE TABLE transfer (
    id INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    sender TEXT NOT NULL REFERENCES account,
    recipient TEXT NOT NULL REFERENCES account CHECK (recipient <> sender),
    amount INTEGER NOT NULL CHECK (amount > 0),
    run TEXT,
    link BLOB NOT NULL CHECK (length(link) = 32)
) STRICT;

-- An index ends with the id of its row: these give a user's newest transfers.
CREATE INDEX transfer_by_sender ON transfer (sender);
CREATE INDEX transfer_by_recipient ON transfer (recipient);
-- What a user's profile has spent on a day.
CREATE INDEX spent_by_runs ON transfer (sender, time) WHERE run IS NOT NULL;
