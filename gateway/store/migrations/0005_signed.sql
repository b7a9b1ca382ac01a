-- Up to which record the signed head of a chain was known to be on disk: a head that says less was put back to an earlier state.
ALTER TABLE writer ADD COLUMN signed BIGINT NOT NULL DEFAULT 0;
