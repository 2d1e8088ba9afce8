-- What a group is besides its members and messages, and who was a member once.
CREATE TYPE "Posting" AS ENUM ('all', 'admins');
CREATE TYPE "GroupHistory" AS ENUM ('all', 'joining');

ALTER TABLE "conversation"
  ADD COLUMN "picture" TEXT,
  ADD COLUMN "description" TEXT NOT NULL DEFAULT '',
  ADD COLUMN "posting" "Posting" NOT NULL DEFAULT 'all',
  ADD COLUMN "history" "GroupHistory" NOT NULL DEFAULT 'joining';

CREATE TABLE "former_member" (
  "conversation_id" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "joined_seq" INTEGER NOT NULL,
  "left_seq" INTEGER NOT NULL,
  "left_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "former_member_pkey" PRIMARY KEY ("conversation_id", "user_id", "left_seq"),
  CONSTRAINT "former_member_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation" ("id")
    ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "former_member_user_id_idx" ON "former_member" ("user_id");
