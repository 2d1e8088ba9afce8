-- Messages that wait for their time.
CREATE TABLE "scheduled" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "conversation_id" TEXT NOT NULL,
    "client_message_id" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "send_at" TIMESTAMPTZ(3) NOT NULL,
    "made_at" TIMESTAMPTZ(3) NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "leaving" BOOLEAN NOT NULL DEFAULT false,
    "failed" JSONB,

    CONSTRAINT "scheduled_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "scheduled_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE UNIQUE INDEX "scheduled_user_id_client_message_id_key" ON "scheduled" ("user_id", "client_message_id");
CREATE INDEX "scheduled_user_id_send_at_id_idx" ON "scheduled" ("user_id", "send_at", "id");
CREATE INDEX "scheduled_due_at_idx" ON "scheduled" ("due_at");
