-- Messages that disappear: how long they last in a conversation, and until when each of them does.
ALTER TABLE "conversation" ADD COLUMN "disappear_after" INTEGER;

ALTER TABLE "message"
    ADD COLUMN "expires_at" TIMESTAMPTZ(3),
    ADD COLUMN "expired" BOOLEAN;

-- what is to be emptied next; messages that last for ever are not in it
CREATE INDEX "message_expiring" ON "message" ("expires_at") WHERE "expires_at" IS NOT NULL AND "expired" IS NULL;
