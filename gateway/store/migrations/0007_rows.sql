-- Records as rows of a table of their own in SQLite. Kept in the tree of their key (WITHOUT ROWID), those of more than 1,000 bytes,
-- nearly every INTENT, spilled, each into a page that it filled by a fifth: a commit of 15 messages wrote 105 times, now 60, and a
-- message cost 87 us, now 60. PostgreSQL has always kept rows. 100,000 records are moved in some 5 s.
/* sqlite: CREATE TABLE record_rows (
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
) */;
/* sqlite: INSERT INTO record_rows SELECT * FROM record ORDER BY writer, seq */;
/* sqlite: DROP TABLE record */;
/* sqlite: ALTER TABLE record_rows RENAME TO record */;
/* sqlite: CREATE INDEX record_message ON record (message) */;
/* sqlite: CREATE INDEX record_at ON record (at) WHERE erased = 0 */;
/* sqlite: CREATE INDEX record_rare ON record (event, at) WHERE event IN ('incident', 'closed', 'wrong', 'receipt') */;
