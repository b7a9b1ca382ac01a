-- Who has written to whom outside: a keyed hash of the pair, and when this was last learned.
CREATE TABLE acquaintance (
    token BYTEA PRIMARY KEY,
    at BIGINT NOT NULL
) /* sqlite: WITHOUT ROWID */;
CREATE INDEX acquaintance_at ON acquaintance (at);
