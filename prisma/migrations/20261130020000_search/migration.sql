-- The index of what was said (DECISIONS.md). A row is 32 messages of one conversation, its terms at the position that each
-- message has among them: two terms of one message are two terms at one position. Written by the worker, later.
CREATE TABLE "search_chunk" (
    "conversation_id" TEXT NOT NULL,
    "chunk" INTEGER NOT NULL,
    "until_seq" INTEGER NOT NULL,
    "first_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "terms" tsvector NOT NULL,

    CONSTRAINT "search_chunk_pkey" PRIMARY KEY ("conversation_id", "chunk")
);
-- read from end to end, so neither compressed nor put elsewhere while a page holds it
ALTER TABLE "search_chunk" ALTER COLUMN "terms" SET STORAGE MAIN;
ALTER TABLE "search_chunk" SET (toast_tuple_target = 8160, fillfactor = 80);

-- Chunks whose messages have changed, or are gone, since they were written.
CREATE TABLE "search_due" (
    "conversation_id" TEXT NOT NULL,
    "chunk" INTEGER NOT NULL,

    CONSTRAINT "search_due_pkey" PRIMARY KEY ("conversation_id", "chunk")
);

-- Whoever changes or deletes messages, now or in a later version, need not know of the index. What is only stored is
-- found by its seq and calls neither function.
CREATE FUNCTION "search_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "search_due" ("conversation_id", "chunk") VALUES (NEW."conversation_id", (NEW."seq" - 1) / 32)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER "search_changed" AFTER UPDATE OF "text", "media", "kind" ON "message" FOR EACH ROW
    WHEN (OLD."text" IS DISTINCT FROM NEW."text" OR OLD."media" IS DISTINCT FROM NEW."media" OR OLD."kind" <> NEW."kind")
    EXECUTE FUNCTION "search_changed"();

CREATE FUNCTION "search_deleted"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "search_due" ("conversation_id", "chunk")
    SELECT DISTINCT "conversation_id", ("seq" - 1) / 32 FROM "gone" ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER "search_deleted" AFTER DELETE ON "message" REFERENCING OLD TABLE AS "gone" FOR EACH STATEMENT
    EXECUTE FUNCTION "search_deleted"();
