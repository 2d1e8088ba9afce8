-- What becomes of a message after it was sent. The columns are null until then, so that no row of a plain message grows.
ALTER TABLE "message"
    ADD COLUMN "edited_at" TIMESTAMPTZ(3),
    ADD COLUMN "recalled_at" TIMESTAMPTZ(3),
    ADD COLUMN "recalled_by" TEXT,
    ADD COLUMN "reacted" BOOLEAN;

CREATE TABLE "message_edit" (
    "conversation_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "id" TEXT NOT NULL,
    "text" TEXT,
    "written_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "message_edit_pkey" PRIMARY KEY ("conversation_id", "seq", "id")
);

CREATE TABLE "reaction" (
    "conversation_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "user_id" TEXT NOT NULL,
    "emoji" TEXT,
    "reacted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "reaction_pkey" PRIMARY KEY ("conversation_id", "seq", "user_id")
);

ALTER TABLE "message_edit" ADD CONSTRAINT "message_edit_conversation_id_seq_fkey" FOREIGN KEY ("conversation_id", "seq") REFERENCES "message"("conversation_id", "seq") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "reaction" ADD CONSTRAINT "reaction_conversation_id_seq_fkey" FOREIGN KEY ("conversation_id", "seq") REFERENCES "message"("conversation_id", "seq") ON DELETE CASCADE ON UPDATE CASCADE;
