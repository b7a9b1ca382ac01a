-- The hold queue: told to reviewers once, read page by page.

-- 1: it waited for a reviewer from the start, and its reviewers were not told yet.
ALTER TABLE hold ADD COLUMN unannounced BIGINT NOT NULL DEFAULT 0;
CREATE INDEX hold_unannounced ON hold (held_at, id) WHERE unannounced = 1;
CREATE INDEX hold_held_at ON hold (held_at, id);

-- People who may act on held messages: name, address, role; the body is sealed.
CREATE TABLE account (
    name TEXT PRIMARY KEY,
    body BYTEA NOT NULL
) /* sqlite: WITHOUT ROWID */;
