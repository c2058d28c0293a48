-- A grant is for one program. Those that name none are taken back: their owners save their profiles again.
DROP TABLE profile_grant;

-- What an owner lets his profile spend; no row where it is nothing.
CREATE TABLE profile_grant (
    owner TEXT PRIMARY KEY NOT NULL REFERENCES account,
    cap INTEGER NOT NULL CHECK (cap > 0),
    -- SHA-256 of the program's text, in hexadecimal digits.
    program TEXT NOT NULL CHECK (length(program) = 64)
) STRICT, WITHOUT ROWID;
