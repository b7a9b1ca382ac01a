-- Several nodes can share one database; the signed head of a chain lies on the node that writes it.
ALTER TABLE writer ADD COLUMN home TEXT NOT NULL DEFAULT '';
