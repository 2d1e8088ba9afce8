-- How often a message was handed on before; null: it was written. Plain rows do not grow.
ALTER TABLE "message" ADD COLUMN "forwarded" SMALLINT;

-- What everybody in a conversation should find: a few of its messages.
CREATE TABLE "pin" (
    "conversation_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "pinned_by" TEXT NOT NULL,
    "pinned_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pin_pkey" PRIMARY KEY ("conversation_id", "seq"),
    CONSTRAINT "pin_conversation_id_seq_fkey" FOREIGN KEY ("conversation_id", "seq") REFERENCES "message" ("conversation_id", "seq")
        ON DELETE CASCADE ON UPDATE CASCADE
);

-- One row a member and poll. One without options is a vote taken back: an older one that comes late is known by it.
CREATE TABLE "poll_vote" (
    "conversation_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "user_id" TEXT NOT NULL,
    "options" INTEGER[],
    "voted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "poll_vote_pkey" PRIMARY KEY ("conversation_id", "seq", "user_id"),
    CONSTRAINT "poll_vote_conversation_id_seq_fkey" FOREIGN KEY ("conversation_id", "seq") REFERENCES "message" ("conversation_id", "seq")
        ON DELETE CASCADE ON UPDATE CASCADE
);
