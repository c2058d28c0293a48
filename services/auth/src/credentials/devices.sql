-- Browsers from which a user has logged in, each by the hash of the token in its cookie.
CREATE TABLE device (
    -- Grows with every login: the lowest of a user is the one unused longest.
    id INTEGER PRIMARY KEY,
    fingerprint BLOB UNIQUE NOT NULL CHECK (length(fingerprint) = 32),
    username TEXT NOT NULL REFERENCES account
) STRICT;

CREATE INDEX device_by_user ON device (username);
