-- The schema, for SQLite and PostgreSQL alike. Times are microseconds since 1970 in UTC. Columns named `body` are sealed:
-- in the clear stands only what a WHERE needs.

-- Disclosure records: one chain per writer (gateway/store/chain.py). The clear columns can be searched; `details` is sealed
-- and can be erased, which `erased` says and an ERASED record later in the chain proves.
CREATE TABLE record (
    writer TEXT NOT NULL,
    seq BIGINT NOT NULL,
    message TEXT NOT NULL,
    event TEXT NOT NULL,
    at BIGINT NOT NULL,
    organisation TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    verdicts TEXT NOT NULL,
    reasons TEXT NOT NULL,
    policy TEXT NOT NULL,
    actor TEXT NOT NULL,
    details BYTEA,
    salt BYTEA NOT NULL,
    body_digest BYTEA NOT NULL,
    details_digest BYTEA NOT NULL,
    prev BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    erased BIGINT NOT NULL,
    PRIMARY KEY (writer, seq)
) /* sqlite: WITHOUT ROWID */;
CREATE INDEX record_message ON record (message);
CREATE INDEX record_at ON record (at);

-- Chain writers. `watermark`: every INTENT up to there has its RESULT or stands in unknown_outcome.
CREATE TABLE writer (
    name TEXT PRIMARY KEY,
    run TEXT NOT NULL,
    started_seq BIGINT NOT NULL,
    watermark BIGINT NOT NULL
);
CREATE TABLE unknown_outcome (
    writer TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (writer, seq)
);

-- Messages and notices, encrypted in pieces under a key of their own (gateway/store/content.py). Piece 0 is the prefix.
CREATE TABLE content (
    id TEXT PRIMARY KEY,
    wrapped_key BYTEA NOT NULL,
    pieces BIGINT NOT NULL,
    by_bdat BIGINT NOT NULL
);
CREATE TABLE content_piece (
    content TEXT NOT NULL,
    number BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (content, number)
);

-- Consignments on their way. `started`: content was about to leave and no outcome is known yet.
CREATE TABLE consignment (
    id TEXT PRIMARY KEY,
    message TEXT NOT NULL,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    lease_owner TEXT NOT NULL,
    leased_until BIGINT NOT NULL,
    started BIGINT NOT NULL,
    possible_duplicate BIGINT NOT NULL,
    warned BIGINT NOT NULL,
    set_aside BIGINT NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX consignment_due ON consignment (set_aside, next_at);
CREATE INDEX consignment_content ON consignment (content);

-- Holds. `content_erased` once the content is gone.
CREATE TABLE hold (
    id TEXT PRIMARY KEY,
    message TEXT NOT NULL,
    organisation TEXT NOT NULL,
    state TEXT NOT NULL,
    slice_group TEXT NOT NULL,
    held_at BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    ended_at BIGINT,
    content TEXT NOT NULL,
    content_erased BIGINT NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX hold_state ON hold (state, deadline);
CREATE INDEX hold_group ON hold (slice_group);
CREATE INDEX hold_content ON hold (content);

-- Replies whose receipt is in doubt. The key is a keyed hash: no address is stored.
CREATE TABLE journal (
    key BYTEA PRIMARY KEY,
    reply BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Small facts; the value is sealed.
CREATE TABLE fact (
    name TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);
