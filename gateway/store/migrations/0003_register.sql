-- The register: whom records are about, what is kept longer, and the rare steps that people ask for by name.

-- A keyed hash of a number, or of a name with a birthday: without the keys nobody can read or guess it (gateway/store/register.py).
CREATE TABLE data_subject (
    token BYTEA NOT NULL,
    writer TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (token, writer, seq)
) /* sqlite: WITHOUT ROWID */;
CREATE INDEX data_subject_record ON data_subject (writer, seq);

-- Messages whose records have a longer retention than ordinary ones; the sealed details say so too.
CREATE TABLE kept (
    message TEXT PRIMARY KEY,
    class TEXT NOT NULL
) /* sqlite: WITHOUT ROWID */;

-- An erased record is found by its reference and its number only.
DROP INDEX record_at;
CREATE INDEX record_at ON record (at) WHERE erased = 0;
CREATE INDEX record_rare ON record (event, at) WHERE event IN ('incident', 'closed', 'wrong', 'receipt');
CREATE INDEX hold_message ON hold (message);
